// The heap of this process, in which everything lies that other processes read in place, and the
// mappings of theirs. Processes that allocate alike have the same layout. The arena has a place of
// its own: it may be of another size elsewhere.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import type { HostGroup } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { ErrorText, type Address, type NativeLibrary } from '../library.js';
import { FreeRanges } from './free-ranges.js';

const PAGE = 65536;
/** Longer than the header of a heap (kernels/kernel.h). */
const HEADER_BYTES = PAGE;

const pages = (bytes: number): number => Math.ceil(Math.max(bytes, 1) / PAGE) * PAGE;

/** How another process finds a heap. */
interface Place {
  /** Of machine and process numbers; processes with another one do not see each other. */
  readonly machine: string;
  readonly process: number;
  readonly file: number;
  readonly name: string;
}

/** What a heap is made of. */
interface HeapParts {
  readonly library: NativeLibrary;
  /** Of each rank of the host group, this one's among them. */
  readonly heaps: readonly Address[];
  /** Address space of each. */
  readonly bytes: number;
  /** The descriptor of the own one. */
  readonly file: number;
  readonly rank: number;
}

export class SharedHeap {
  readonly heaps: readonly Address[];
  readonly bytes: number;
  readonly #library: NativeLibrary;
  readonly #file: number;
  readonly #rank: number;
  readonly #free: FreeRanges;
  /** Bytes behind the arena. */
  #arena = 0;

  private constructor({ library, heaps, bytes, file, rank }: HeapParts) {
    this.#library = library;
    this.heaps = heaps;
    this.bytes = bytes;
    this.#file = file;
    this.#rank = rank;
    this.#free = new FreeRanges(HEADER_BYTES, bytes / 2);
  }

  /** Every process calls it. Errors: `unsupported` where they cannot share memory. */
  static async open(library: NativeLibrary, host: HostGroup): Promise<SharedHeap> {
    const bytes = 2 * pages(library.physical_bytes());
    const name = `/automodel-${process.pid}`;
    const error = new ErrorText();
    const descriptor = new BigInt64Array(1);
    const own = library.heap_create(name, bytes, descriptor, error.bytes, error.capacity);
    if (own === 0) throw unsupported(error.text);
    const file = Number(descriptor[0]);
    if (library.heap_take(file, own, 0, HEADER_BYTES) !== 0)
      throw outOfMemory(HEADER_BYTES, 'control words');
    const place: Place = { machine: machine(), process: process.pid, file, name };
    const heaps = (await host.exchange(JSON.stringify(place))).map((text, rank) =>
      rank === host.rank ? own : openHeap(library, JSON.parse(text) as Place, rank, bytes),
    );
    await host.barrier();
    library.heap_unlink(name);
    return new SharedHeap({ library, heaps, bytes, file, rank: host.rank });
  }

  get own(): Address {
    return this.heaps[this.#rank]!;
  }

  /** Zeroed memory. Errors: `out-of-memory` naming the label and size. */
  allocate(bytes: number, label: string): Address {
    const offset = this.#free.take(pages(bytes));
    if (offset === undefined) throw outOfMemory(bytes, label);
    try {
      this.#take(offset, pages(bytes), label);
    } catch (error) {
      this.#free.giveBack(offset, pages(bytes));
      throw error;
    }
    return this.own + offset;
  }

  free(address: Address, bytes: number): void {
    const offset = address - this.own;
    this.#library.heap_give_back(this.#file, this.own, offset, pages(bytes));
    this.#free.giveBack(offset, pages(bytes));
  }

  /** At least `bytes` bytes for the arena, always at the same place. Errors: `out-of-memory`. */
  arena(bytes: number): Address {
    const offset = this.bytes / 2;
    if (pages(bytes) > this.#arena) {
      this.#take(offset + this.#arena, pages(bytes) - this.#arena, 'activations');
      this.#arena = pages(bytes);
    }
    return this.own + offset;
  }

  #take(offset: number, bytes: number, label: string): void {
    if (this.#library.heap_take(this.#file, this.own, offset, bytes) !== 0)
      throw outOfMemory(bytes, label);
  }

  /** Other processes that wait for this one end their runs. */
  leave(): void {
    this.#library.heap_leave(this.own);
  }

  /** The others may still read what they have opened. */
  close(): void {
    this.leave();
    this.heaps.forEach((heap, rank) =>
      this.#library.heap_close(heap, this.bytes, rank === this.#rank ? this.#file : -1),
    );
  }
}

function openHeap(
  library: NativeLibrary,
  { machine: there, process: id, file, name }: Place,
  rank: number,
  bytes: number,
): Address {
  if (there !== machine())
    throw unsupported(`rank ${rank} runs on another machine, or in another container`);
  const error = new ErrorText();
  const address = library.heap_open(id, file, name, bytes, error.bytes, error.capacity);
  if (address === 0) throw unsupported(`rank ${rank}: ${error.text}`);
  return address;
}

const unsupported = (why: string): AutomodelError =>
  new AutomodelError('unsupported', `engine shared-memory: ${why}`, {
    hint: 'set dist_env.backend to mpi, or start all processes on one machine',
  });

const outOfMemory = (bytes: number, label: string): AutomodelError =>
  new AutomodelError('out-of-memory', `${label}: ${bytes} bytes cannot be allocated`, {
    hint: 'train with a smaller batch, pack or memory budget',
  });

/** Equal where processes see each other's: the boot of the machine and the set of processes. */
function machine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname(); // no such files on this system
  }
}
