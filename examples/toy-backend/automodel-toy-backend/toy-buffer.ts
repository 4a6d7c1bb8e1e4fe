// Memory of the device. Only commands of the queue touch its bytes; callers hold the buffer.
import type { DeviceBuffer } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

export class ToyBuffer implements DeviceBuffer {
  readonly bytes: number;
  readonly label: string;
  readonly mapped: boolean;
  #memory: Uint8Array | undefined;

  constructor(memory: Uint8Array, label: string, mapped: boolean) {
    this.#memory = memory;
    this.bytes = memory.length;
    this.label = label;
    this.mapped = mapped;
  }

  /** Bytes [offset, offset + length). Errors: closed, or out of range. */
  range(offset = 0, length = this.bytes - offset): Uint8Array {
    if (this.#memory === undefined)
      throw new AutomodelError('bad-argument', `buffer ${this.label} is closed`);
    if (offset < 0 || length < 0 || offset + length > this.bytes)
      throw new AutomodelError(
        'bad-argument',
        `buffer ${this.label}: bytes ${offset} to ${offset + length} are outside its ${this.bytes}`,
      );
    return this.#memory.subarray(offset, offset + length);
  }

  /** The same for writing. Errors: also those of a read-only mapping. */
  writable(offset: number, length: number): Uint8Array {
    if (this.mapped)
      throw new AutomodelError('bad-argument', `buffer ${this.label} is a read-only mapping`);
    return this.range(offset, length);
  }

  close(): void {
    this.#memory = undefined;
  }
}

/** Errors: a buffer of another backend. */
export function toyBuffer(buffer: DeviceBuffer): ToyBuffer {
  if (buffer instanceof ToyBuffer) return buffer;
  throw new AutomodelError('bad-argument', `buffer ${buffer.label} belongs to another backend`);
}
