// The native library as typed functions. Addresses and handles are numbers (user addresses stay
// below 2^53). Loading checks the version of the C interface and, where the sources are on disk,
// that the library was built from them.
import { createRequire } from 'node:module';
import type { LibraryHandle } from 'koffi';
import { AutomodelError } from '@automodel/core';
import { sourceHash } from '../scripts/sources.mjs';
import { findLibrary, remedy } from './find-library.js';
import { SIGNATURES, type Address, type NativeFunctions } from './native-functions.js';

export type { Address } from './native-functions.js';

/**
 * Set by the bundler to the hash of the sources at build time; where the sources are on disk, their
 * own hash is used.
 */
declare const AUTOMODEL_SOURCE_HASH: string | undefined;

const ABI_VERSION = 1;
const TEXT_BYTES = 1024;

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
