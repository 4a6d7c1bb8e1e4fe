// The native library as typed functions. Addresses and handles are numbers (user addresses stay
// below 2^53). Loading checks the version of the C interface and, where the sources are on disk,
// that the library was built from them.
import { createRequire } from 'node:module';
import type { LibraryHandle } from 'koffi';
import { AutomodelError } from '@automodel/core';
import { sourceHash } from '../scripts/sources.mjs';
import { findLibrary, remedy } from './find-library.js';

/**
 * Set by the bundler to the hash of the sources at build time; where the sources are on disk, their
 * own hash is used.
 */
declare const AUTOMODEL_SOURCE_HASH: string | undefined;

const ABI_VERSION = 1;
const TEXT_BYTES = 1024;

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

type AsyncName = 'program_run' | 'convert';

/** What a library says about itself. */
interface LibraryIdentity {
  /** Version of the C interface. */
  readonly version: number;
  /** Hash of the sources it was built from. */
  readonly hash: string;
}

export interface NativeLibrary extends NativeFunctions {
  readonly path: string;
  readonly identity: LibraryIdentity;
  /** The same calls on a thread of libuv's pool, so that the event loop stays free. */
  readonly asynchronous: {
    readonly [K in AsyncName]: (
      ...args: Parameters<NativeFunctions[K]>
    ) => Promise<ReturnType<NativeFunctions[K]>>;
  };
  /** `length` bytes at `address` as a view without a copy. */
  view(address: Address, length: number): ArrayBuffer;
}

const SIGNATURES: Readonly<Record<keyof NativeFunctions, string>> = {
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

/** A buffer for error texts, and the text in it. */
export class ErrorText {
  readonly bytes = Buffer.alloc(TEXT_BYTES);
  readonly capacity = TEXT_BYTES;
  get text(): string {
    return this.bytes.toString('utf8', 0, this.bytes.indexOf(0));
  }
}

/**
 * A library that the environment names is used as it is, even if it was built from other sources.
 */
const isNamed = (path: string): boolean => path === process.env['AUTOMODEL_CPU_LIBRARY'];

/** koffi is native code itself, so it is loaded when first needed: planning works without it. */
const loadKoffi = (): typeof import('koffi') =>
  createRequire(import.meta.url)('koffi') as typeof import('koffi');

function identityOf(path: string, library: LibraryHandle): LibraryIdentity {
  try {
    return {
      version: (library.func('int32_t automodel_abi_version()') as () => number)(),
      hash: (library.func('const char *automodel_source_hash()') as () => string)(),
    };
  } catch (cause) {
    throw new AutomodelError('bad-file', `${path} is not a library of the CPU backend`, {
      hint: remedy(),
      cause,
    });
  }
}

function check(path: string, { version, hash }: LibraryIdentity): void {
  if (version !== ABI_VERSION)
    throw new AutomodelError(
      'bad-file',
      `${path} has interface version ${version}, but this package needs ${ABI_VERSION}`,
      { hint: remedy() },
    );
  const onDisk = sourceHash();
  const expected = isNamed(path)
    ? undefined
    : (onDisk ?? (typeof AUTOMODEL_SOURCE_HASH === 'string' ? AUTOMODEL_SOURCE_HASH : undefined));
  if (expected !== undefined && hash !== expected)
    throw new AutomodelError(
      'bad-file',
      `${path} was built from other sources (${hash}) than ` +
        `${onDisk === undefined ? 'this package' : 'those on disk'} (${expected})`,
      { hint: remedy() },
    );
}

const promised =
  (call: ReturnType<LibraryHandle['func']>) =>
  (...args: readonly unknown[]) =>
    new Promise<number>((resolve, reject) => {
      call.async(...args, (error: unknown, value: number) => {
        if (error === null || error === undefined) resolve(value);
        else reject(new AutomodelError('internal', 'a native call failed', { cause: error }));
      });
    });

let loaded: NativeLibrary | undefined;

/** Loads the library once per process. Errors: `missing-file`, `bad-file`, naming the file. */
export function loadLibrary(): NativeLibrary {
  if (loaded !== undefined) return loaded;
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1)
    throw new AutomodelError('unsupported', 'the CPU backend needs a little-endian machine');
  const path = findLibrary();
  const koffi = loadKoffi();
  let library: LibraryHandle;
  try {
    library = koffi.load(path);
  } catch (cause) {
    throw new AutomodelError(
      'bad-file',
      `cannot load ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { hint: remedy(), cause },
    );
  }
  const identity = identityOf(path, library);
  check(path, identity);
  const functions = Object.fromEntries(
    Object.entries(SIGNATURES).map(([name, signature]) => [name, library.func(signature)]),
  ) as Record<keyof NativeFunctions, ReturnType<LibraryHandle['func']>>;
  loaded = {
    ...(functions as unknown as NativeFunctions),
    path,
    identity,
    asynchronous: {
      program_run: promised(functions.program_run),
      convert: promised(functions.convert),
    },
    view: (address, length) => koffi.view(address, length),
  };
  return loaded;
}
