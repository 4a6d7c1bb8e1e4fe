// Memory of the CPU backend: allocated (zeroed, 64-byte aligned) or mapped from a file. JavaScript
// holds the address only.
import type { DeviceBuffer } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { ErrorText, type Address, type NativeLibrary } from './library.js';

export class CpuBuffer implements DeviceBuffer {
  readonly bytes: number;
  readonly label: string;
  readonly mapped: boolean;
  #address: Address;
  readonly #release: (address: Address) => void;

  private constructor(
    address: Address,
    bytes: number,
    label: string,
    mapped: boolean,
    release: (address: Address) => void,
  ) {
    this.#address = address;
    this.bytes = bytes;
    this.label = label;
    this.mapped = mapped;
    this.#release = release;
  }

  /** Zeroed memory. Errors: `out-of-memory` naming the label and size. */
  static allocate(library: NativeLibrary, bytes: number, label: string): CpuBuffer {
    const size = Math.max(bytes, 64);
    const address = library.allocate(size);
    return CpuBuffer.at(address, bytes, label, (at) => library.free(at, size));
  }

  /** Memory that somebody allocated; 0: there was none. Errors: as `allocate`. */
  static at(
    address: Address,
    bytes: number,
    label: string,
    release: (address: Address) => void,
  ): CpuBuffer {
    if (address === 0)
      throw new AutomodelError('out-of-memory', `${label}: ${bytes} bytes cannot be allocated`, {
        hint: 'train with a smaller batch, pack or memory budget',
      });
    return new CpuBuffer(address, bytes, label, false, release);
  }

  /** A read-only view of a file's bytes. Errors: `io` naming the file. */
  static map(
    library: NativeLibrary,
    path: string,
    offset: number,
    length: number,
    label: string,
  ): CpuBuffer {
    const error = new ErrorText();
    const address = library.map(path, offset, length, error.bytes, error.capacity);
    if (address === 0)
      throw new AutomodelError('io', `cannot map ${label}: ${error.text}`, { location: path });
    return new CpuBuffer(address, length, label, true, (at) => library.unmap(at, length));
  }

  /** Where `bytes` bytes at `offset` begin. Errors: closed, or out of range. */
  address(offset = 0, bytes = this.bytes - offset): Address {
    if (this.#address === 0)
      throw new AutomodelError('bad-argument', `buffer ${this.label} is closed`);
    if (offset < 0 || bytes < 0 || offset + bytes > this.bytes)
      throw new AutomodelError(
        'bad-argument',
        `buffer ${this.label}: bytes ${offset} to ${offset + bytes} are outside its ${this.bytes}`,
      );
    return this.#address + offset;
  }

  close(): void {
    if (this.#address === 0) return;
    this.#release(this.#address);
    this.#address = 0;
  }
}
