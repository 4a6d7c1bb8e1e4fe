// Where an MPI library is looked for: where the user says, else under the names that libraries
// have, first those of the one whose mpirun has started this process.

const FAMILIES = {
  openMpi: ['libmpi.so.40', 'libmpi.40.dylib'],
  mpich: ['libmpich.so.12', 'libmpi.so.12', 'libmpi.12.dylib', 'libmpich.12.dylib'],
  standard: ['libmpi_abi.so.0', 'libmpi_abi.so', 'libmpi_abi.0.dylib'],
} as const;

/** File names or paths, the one to try first at the beginning. */
export function mpiLibraries(
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const named = environment['AUTOMODEL_MPI_LIBRARY'] ?? '';
  if (named !== '') return [named];
  const { openMpi, mpich, standard } = FAMILIES;
  const isOfMpich =
    environment['OMPI_COMM_WORLD_SIZE'] === undefined && environment['PMI_SIZE'] !== undefined;
  return isOfMpich ? [...mpich, ...standard, ...openMpi] : [...openMpi, ...mpich, ...standard];
}
