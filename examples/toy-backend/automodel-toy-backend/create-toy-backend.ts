// A backend in JavaScript that behaves like one with a device of its own: every command goes
// through a queue and happens later than it was given, so a caller that does not wait where the
// contract tells it to gets wrong numbers here too.
import { open } from 'node:fs/promises';
import process from 'node:process';
import type { Backend, DeviceBuffer, Executable, FileRange } from '@automodel/contracts';
import {
  AutomodelError,
  bytesOf,
  decodeHostData,
  encodeHostData,
  type DType,
  type Plan,
} from '@automodel/core';
import { CommandQueue } from './command-queue.js';
import { DEVICE } from './device.js';
import { KERNELS } from './kernel-table.js';
import { ToyBuffer, toyBuffer } from './toy-buffer.js';
import { ToyExecutable } from './toy-executable.js';

/** Kernels are the engine's loops and its Math functions: the same engine, the same numbers. */
export const TOY = { name: 'toy', numericsKey: `toy 1.0.0 v8 ${process.versions.v8}` } as const;

export const createToyBackend = (): Backend => new ToyBackend();

class ToyBackend implements Backend {
  readonly kind = 'backend';
  readonly apiVersion = 1;
  readonly name = TOY.name;
  readonly version = '1.0.0';
  readonly numericsKey = TOY.numericsKey;
  readonly kernels = KERNELS;
  readonly #queue = new CommandQueue();
  #closed = false;

  devices = () => [DEVICE];

  allocate(bytes: number, label: string): DeviceBuffer {
    return new ToyBuffer(new Uint8Array(bytes), label, false);
  }

  /** This device cannot read files: it gets a copy, which nobody can write to. */
  async map(range: FileRange, label: string): Promise<DeviceBuffer> {
    return new ToyBuffer(await readRange(range), label, true);
  }

  async uploadFile(
    range: FileRange,
    from: DType,
    buffer: DeviceBuffer,
    offset: number,
    to: DType,
  ): Promise<void> {
    const stored = await readRange(range);
    const bytes = from === to ? stored : encodeHostData(to, decodeHostData(from, stored));
    const expected = (range.length / bytesOf(from)) * bytesOf(to);
    await this.#queue.put(() => toyBuffer(buffer).writable(offset, expected).set(bytes));
  }

  /** Takes a copy before it returns: the caller may change `bytes` while the command waits. */
  upload(buffer: DeviceBuffer, offset: number, bytes: ArrayBufferView): void {
    const copy = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice();
    const target = toyBuffer(buffer).writable(offset, copy.length);
    void this.#queue.put(() => target.set(copy));
  }

  async download(buffer: DeviceBuffer, offset: number, target: ArrayBufferView): Promise<void> {
    const { byteLength } = target;
    const source = toyBuffer(buffer).range(offset, byteLength);
    await this.#queue.put(() =>
      new Uint8Array(target.buffer, target.byteOffset, byteLength).set(source),
    );
  }

  async compile(plan: Plan): Promise<Executable> {
    if (this.#closed) throw new AutomodelError('bad-argument', 'the toy backend is closed');
    if (plan.backend !== this.name)
      throw new AutomodelError(
        'bad-plan',
        `plan ${plan.name} was made for backend ${plan.backend}, not ${this.name}`,
      );
    return this.#queue.put(() => new ToyExecutable(this.#queue, plan));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.idle();
  }
}

async function readRange({ path, offset, length }: FileRange): Promise<Uint8Array> {
  const file = await open(path).catch((cause: unknown) => {
    throw new AutomodelError('io', 'the file cannot be opened', { location: path, cause });
  });
  try {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    if (bytesRead < length)
      throw new AutomodelError('io', `the file ends after ${offset + bytesRead} bytes`, {
        location: path,
      });
    return bytes;
  } finally {
    await file.close();
  }
}
