// The C interface of the native library (runtime/*.cpp): its functions as types, and as the text
// that koffi declares them by. A function is added to both.

/** Address of native memory, or handle of a native object. 0 is null. */
export type Address = number;

/** The C interface (runtime/*.cpp). Functions that can fail fill the error buffer given to them. */
export interface NativeFunctions {
  instruction_sets(text: Uint8Array, capacity: number): void;
  pool_create(
    threads: number,
    instructionSet: string,
    error: Uint8Array,
    capacity: number,
  ): Address;
  pool_destroy(pool: Address): void;
  pool_instruction_set(pool: Address): string;
  pool_kernels(pool: Address, text: Uint8Array, capacity: number): number;
  program_create(
    pool: Address,
    words: BigInt64Array,
    count: number,
    names: string,
    error: Uint8Array,
    capacity: number,
  ): Address;
  program_destroy(program: Address): void;
  program_scratch_bytes(program: Address): number;
  program_abort_word(program: Address): Address;
  program_profile(program: Address): Address;
  /** Blocks until the program has run. */
  program_run(program: Address, bases: Address, mode: number, result: Address): number;
  workspace_bytes(
    pool: Address,
    words: BigInt64Array,
    count: number,
    names: string,
    error: Uint8Array,
    capacity: number,
  ): number;
  allocate(bytes: number): Address;
  free(address: Address, bytes: number): void;
  copy_in(to: Address, from: ArrayBufferView, bytes: number): void;
  copy_out(to: ArrayBufferView, from: Address, bytes: number): void;
  convert(to: Address, toDType: number, from: Address, fromDType: number, count: number): number;
  map(path: string, offset: number, length: number, error: Uint8Array, capacity: number): Address;
  unmap(address: Address, length: number): void;
  drop_pages(address: Address, length: number): void;
  /** A file for shared memory; -1 where that fails. */
  heap_create(name: string, bytes: number, error: Uint8Array, capacity: number): number;
  /** `file` -1: what is at `path`. */
  heap_map(path: string, file: number, bytes: number, error: Uint8Array, capacity: number): Address;
  heap_unlink(name: string): void;
  /** 0 where there is no memory. */
  heap_commit(file: number, offset: number, bytes: number): number;
  heap_release(file: number, heap: Address, offset: number, bytes: number): void;
  heap_unmap(heap: Address, bytes: number): void;
  heap_close(file: number): void;
  /** Enters the world of MPI; `names` of libraries, one a line. 0 where that fails. */
  mpi_open(names: string, error: Uint8Array, capacity: number): Address;
  mpi_rank(): number;
  mpi_size(): number;
  /** What stands for the memory of another rank. */
  mpi_heap(rank: number): Address;
  mpi_leave(): void;
}

/** By name without the prefix `automodel_`. */
export const SIGNATURES: Readonly<Record<keyof NativeFunctions, string>> = {
  instruction_sets: 'void automodel_instruction_sets(void *text, int32_t capacity)',
  pool_create:
    'uint64_t automodel_pool_create(int32_t threads, const char *name, void *error, int32_t ' +
    'capacity)',
  pool_destroy: 'void automodel_pool_destroy(uint64_t pool)',
  pool_instruction_set: 'const char *automodel_pool_instruction_set(uint64_t pool)',
  pool_kernels: 'int32_t automodel_pool_kernels(uint64_t pool, void *text, int32_t capacity)',
  program_create:
    'uint64_t automodel_program_create(uint64_t pool, const int64_t *words, int64_t count, const ' +
    'char *names, void *error, int32_t capacity)',
  program_destroy: 'void automodel_program_destroy(uint64_t program)',
  program_scratch_bytes: 'int64_t automodel_program_scratch_bytes(uint64_t program)',
  program_abort_word: 'uint64_t automodel_program_abort_word(uint64_t program)',
  program_profile: 'uint64_t automodel_program_profile(uint64_t program)',
  program_run:
    'int32_t automodel_program_run(uint64_t program, uint64_t bases, int32_t mode, uint64_t ' +
    'result)',
  workspace_bytes:
    'int64_t automodel_workspace_bytes(uint64_t pool, const int64_t *words, int64_t count, const ' +
    'char *names, void *error, int32_t capacity)',
  allocate: 'uint64_t automodel_allocate(int64_t bytes)',
  free: 'void automodel_free(uint64_t address, int64_t bytes)',
  copy_in: 'void automodel_copy(uint64_t to, const void *from, int64_t bytes)',
  copy_out: 'void automodel_copy(void *to, uint64_t from, int64_t bytes)',
  convert:
    'int32_t automodel_convert(uint64_t to, int32_t to_dtype, uint64_t from, int32_t from_dtype, ' +
    'int64_t count)',
  map:
    'uint64_t automodel_map(const char *path, int64_t offset, int64_t length, void *error, ' +
    'int32_t capacity)',
  unmap: 'void automodel_unmap(uint64_t address, int64_t length)',
  drop_pages: 'void automodel_drop_pages(uint64_t address, int64_t length)',
  heap_create:
    'int32_t automodel_heap_create(const char *name, int64_t bytes, void *error, int32_t capacity)',
  heap_map:
    'uint64_t automodel_heap_map(const char *path, int32_t file, int64_t bytes, void *error, ' +
    'int32_t capacity)',
  heap_unlink: 'void automodel_heap_unlink(const char *name)',
  heap_commit: 'int32_t automodel_heap_commit(int32_t file, int64_t offset, int64_t bytes)',
  heap_release:
    'void automodel_heap_release(int32_t file, uint64_t heap, int64_t offset, int64_t bytes)',
  heap_unmap: 'void automodel_heap_unmap(uint64_t heap, int64_t bytes)',
  heap_close: 'void automodel_heap_close(int32_t file)',
  mpi_open: 'uint64_t automodel_mpi_open(const char *names, void *error, int32_t capacity)',
  mpi_rank: 'int32_t automodel_mpi_rank()',
  mpi_size: 'int32_t automodel_mpi_size()',
  mpi_heap: 'uint64_t automodel_mpi_heap(int32_t rank)',
  mpi_leave: 'void automodel_mpi_leave()',
};
