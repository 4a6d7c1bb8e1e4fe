// Persistent states of a session by name: gradients, moments, the loss sum, caches. They start as
// zeros and are shared by all programs that name them.
import type { Backend, DeviceBuffer } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

const CHUNK_BYTES = 1 << 24;

export class StateSet {
  readonly #backend: Backend;
  readonly #buffers = new Map<string, DeviceBuffer>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get names(): readonly string[] {
    return [...this.#buffers.keys()];
  }

  has(name: string): boolean {
    return this.#buffers.has(name);
  }

  get(name: string): DeviceBuffer {
    const buffer = this.#buffers.get(name);
    if (buffer === undefined) throw new AutomodelError('internal', `there is no state ${name}`);
    return buffer;
  }

  /** Creates the state unless it exists. Errors: `internal` if it exists in another size. */
  allocate(name: string, bytes: number): DeviceBuffer {
    const known = this.#buffers.get(name);
    if (known === undefined) {
      const buffer = this.#backend.allocate(bytes, name);
      this.#buffers.set(name, buffer);
      return buffer;
    }
    if (known.bytes !== bytes)
      throw new AutomodelError(
        'internal',
        `state ${name} has ${known.bytes} bytes, a program asks for ${bytes}`,
      );
    return known;
  }

  /** Copies the state's first bytes, as finished runs have left them, into `target`. */
  async read<A extends ArrayBufferView>(name: string, target: A): Promise<A> {
    await this.#backend.download(this.get(name), 0, target);
    return target;
  }

  /** The state's bytes, piece by piece. */
  async *chunks(name: string): AsyncGenerator<Uint8Array> {
    const { bytes } = this.get(name);
    for (let offset = 0; offset < bytes; offset += CHUNK_BYTES) {
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, bytes - offset));
      await this.#backend.download(this.get(name), offset, chunk);
      yield chunk;
    }
  }

  /** Overwrites the state's first bytes. */
  write(name: string, data: ArrayBufferView): void {
    this.#backend.upload(this.get(name), 0, data);
  }

  /** Removes states and frees their memory. */
  free(names: Iterable<string>): void {
    for (const name of names) {
      this.#buffers.get(name)?.close();
      this.#buffers.delete(name);
    }
  }

  close(): void {
    this.free([...this.#buffers.keys()]);
  }
}
