// Which tensors of two safetensors files differ. Used only where the bytes of the files already do.
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** The tensors of a file by name, each with its dtype and shape in front of its bytes. */
function tensorsOf(file: Buffer): Map<string, string> {
  const headerBytes = Number(file.readBigUInt64LE());
  const header = JSON.parse(file.subarray(8, 8 + headerBytes).toString()) as Record<string, Entry>;
  const tensors = Object.entries(header).filter(([name]) => name !== '__metadata__');
  return new Map(
    tensors.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [start, end],
        },
      ]) => {
        const bytes = file
          .subarray(8 + headerBytes + start, 8 + headerBytes + end)
          .toString('latin1');
        return [name, `${dtype} [${shape.join(',')}] ${bytes}`];
      },
    ),
  );
}

/** One line about what differs. Errors: a file that is no safetensors file. */
export function describeTensors(base: Buffer, head: Buffer): string {
  const [from, to] = [tensorsOf(base), tensorsOf(head)];
  const names = [...new Set([...from.keys(), ...to.keys()])];
  const differing = names.filter((name) => from.get(name) !== to.get(name));
  if (differing.length === 0) return 'the same tensors, but another header';
  return `${differing.length} of ${names.length} tensors, first ${differing[0]}`;
}
