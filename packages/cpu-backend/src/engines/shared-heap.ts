// Memory of this process that others may map: one file without contents, whose ranges get memory
// when they are allocated. Its first page says what collectives have to know (kernels/group.h).
import { freemem, totalmem } from 'node:os';
import process from 'node:process';
import { AutomodelError } from '@automodel/core';
import { CpuBuffer } from '../cpu-buffer.js';
import { ErrorText, type Address, type NativeLibrary } from '../library.js';
import { FreeRanges } from './free-ranges.js';

const PAGE = 4096;
/** Larger memory starts where large pages can. */
const LARGE_PAGE = 2 << 20;
/** Byte offsets of kernels/group.h's Heap. */
const [GONE, ID] = [0, 8];

/** Ranges may be placed with gaps, so there are more addresses than memory. */
const rangesOf = (memory: number): number => 2 * Math.ceil(memory / LARGE_PAGE) * LARGE_PAGE;

export class SharedHeap {
  readonly address: Address;
  readonly file: number;
  /** What other processes open where files of other processes cannot be opened. */
  readonly name: string;
  readonly bytes = rangesOf(totalmem()) + rangesOf(totalmem()) / 2;
  readonly #library: NativeLibrary;
  readonly #free = new FreeRanges(PAGE, rangesOf(totalmem()));
  /** Bytes of memory behind the arena. */
  #arena = 0;
  #open = true;
  #left = false;
  #buffers = 0;

  /** `id` tells heaps apart. Errors: `unsupported` with the system's complaint. */
  constructor(library: NativeLibrary, name: string, id: bigint) {
    const error = new ErrorText();
    this.#library = library;
    this.name = name;
    this.file = library.heap_create(name, this.bytes, error.bytes, error.capacity);
    if (this.file < 0) throw refusal('cannot be created', error);
    this.address = library.heap_map('', this.file, this.bytes, error.bytes, error.capacity);
    if (this.address === 0 || library.heap_commit(this.file, 0, PAGE) === 0) {
      library.heap_close(this.file);
      throw refusal('cannot be mapped', error);
    }
    new BigInt64Array(library.view(this.address + ID, 8))[0] = id;
  }

  /** Zeroed memory. Errors: `out-of-memory` naming the label and size. */
  allocate(bytes: number, label: string): CpuBuffer {
    const size = Math.ceil(Math.max(bytes, 1) / PAGE) * PAGE;
    const offset = this.#take(size);
    const address = offset === undefined ? 0 : this.address + offset;
    const buffer = CpuBuffer.at(address, bytes, label, () => this.#release(offset!, size));
    this.#buffers++;
    return buffer;
  }

  /**
   * At least `bytes` bytes for the arena, behind all ranges: it may be of another size in other
   * processes, whose programs are not all the same. Errors: `out-of-memory`.
   */
  arena(bytes: number): CpuBuffer {
    const start = rangesOf(totalmem());
    const size = Math.ceil(Math.max(bytes, 1) / PAGE) * PAGE;
    const more = size - this.#arena;
    const fits = more <= 0 || this.#commit(start + this.#arena, more);
    if (fits) this.#arena = Math.max(this.#arena, size);
    return CpuBuffer.at(fits ? this.address + start : 0, bytes, 'activations', () => undefined);
  }

  #take(size: number): number | undefined {
    const offset = this.#free.take(size, size < LARGE_PAGE ? PAGE : LARGE_PAGE);
    if (offset === undefined || this.#commit(offset, size)) return offset;
    this.#free.give(offset, size);
    return undefined;
  }

  #commit(offset: number, size: number): boolean {
    // the system ends a process that takes what is not there
    if (process.platform === 'linux' && size > freemem()) return false;
    if (this.#library.heap_commit(this.file, offset, size) !== 0) return true;
    this.#library.heap_release(this.file, this.address, offset, size);
    return false;
  }

  #release(offset: number, size: number): void {
    this.#library.heap_release(this.file, this.address, offset, size);
    this.#free.give(offset, size);
    this.#buffers--;
    this.#unmapIfUnused();
  }

  /** Tells the others that this process takes part in nothing any more. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    Atomics.store(new Int32Array(this.#library.view(this.address + GONE, 4)), 0, 1);
  }

  get left(): boolean {
    return this.#left;
  }

  /** The memory stays until its last buffer is closed. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#unmapIfUnused();
  }

  #unmapIfUnused(): void {
    if (this.#open || this.#buffers > 0) return;
    this.#library.heap_unmap(this.address, this.bytes);
    this.#library.heap_close(this.file);
  }
}

/** The heap of another process. Errors: `unsupported` with the system's complaint. */
export function mapHeap(library: NativeLibrary, path: string, bytes: number, id: bigint): Address {
  const error = new ErrorText();
  const address = library.heap_map(path, -1, bytes, error.bytes, error.capacity);
  if (address === 0) throw refusal(`${path} cannot be opened`, error);
  if (new BigInt64Array(library.view(address + ID, 8))[0] === id) return address;
  library.heap_unmap(address, bytes);
  throw new AutomodelError('unsupported', `shared memory ${path} belongs to another process`);
}

const refusal = (what: string, error: ErrorText): AutomodelError =>
  new AutomodelError('unsupported', `shared memory ${what}: ${error.text}`, {
    hint: 'choose the engine mpi, or run one process',
  });
