// Memory of this process that others may map: one file without contents, whose ranges get memory
// when they are allocated. Its first page says what collectives have to know (kernels/group.h).
import { fstatSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import process from 'node:process';
import { AutomodelError } from '@automodel/core';
import { CpuBuffer } from '../cpu-buffer.js';
import { ErrorText, type Address, type NativeLibrary } from '../library.js';
import { FreeRanges } from './free-ranges.js';

const PAGE = 4096;
/** Larger memory starts where large pages can. */
const LARGE_PAGE = 2 << 20;
/** Of what a file says that it takes. */
const BLOCK = 512;
/** Byte offsets of kernels/group.h's Heap. */
const [GONE, ID] = [0, 8];

/** Ranges may be placed with gaps, so there are more addresses than memory. */
const capacityOf = (memory: number): number => 2 * Math.ceil(memory / LARGE_PAGE) * LARGE_PAGE;

export class SharedHeap {
  readonly address: Address;
  readonly file: number;
  /** What other processes open where files of other processes cannot be opened. */
  readonly name: string;
  readonly bytes = capacityOf(totalmem());
  readonly #library: NativeLibrary;
  readonly #free = new FreeRanges(PAGE, this.bytes);
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

  /** Bytes that the file has memory for; undefined where the system counts all of it. */
  get heldBytes(): number | undefined {
    if (process.platform !== 'linux') return undefined;
    return fstatSync(this.file).blocks * BLOCK;
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

  #take(size: number): number | undefined {
    // the system ends a process that takes what is not there
    if (process.platform === 'linux' && size > freemem()) return undefined;
    const offset = this.#free.take(size, size < LARGE_PAGE ? PAGE : LARGE_PAGE);
    if (offset === undefined || this.#library.heap_commit(this.file, offset, size) !== 0)
      return offset;
    this.#library.heap_release(this.file, this.address, offset, size);
    this.#free.give(offset, size);
    return undefined;
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
