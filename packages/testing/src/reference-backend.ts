// A backend without native code: plans run over plain bytes with the reference definition of every
// op. Slow and exact, it shows whether a wrong number comes from a kernel or from the program.
import { closeSync, openSync, readSync } from 'node:fs';
import type { Backend, DeviceBuffer, Executable, FileRange } from '@automodel/contracts';
import {
  AutomodelError,
  builtinOps,
  decodeHostData,
  encodeHostData,
  interpretPlan,
  type DType,
  type KernelTable,
  type OpDefinition,
  type Plan,
} from '@automodel/core';

class HostBuffer implements DeviceBuffer {
  readonly data: Uint8Array;
  readonly label: string;
  readonly mapped: boolean;
  #open = true;

  constructor(data: Uint8Array, label: string, mapped: boolean) {
    this.data = data;
    this.label = label;
    this.mapped = mapped;
  }

  get bytes(): number {
    return this.data.length;
  }

  get open(): boolean {
    return this.#open;
  }

  close(): void {
    this.#open = false;
  }
}

const hostBuffer = (buffer: DeviceBuffer): HostBuffer => {
  if (!(buffer instanceof HostBuffer) || !buffer.open)
    throw new AutomodelError(
      'bad-argument',
      `buffer ${buffer.label} is closed or belongs to another backend`,
    );
  return buffer;
};

function readRange(range: FileRange): Uint8Array {
  const bytes = new Uint8Array(range.length);
  const file = openSync(range.path, 'r');
  try {
    readSync(file, bytes, 0, range.length, range.offset);
  } finally {
    closeSync(file);
  }
  return bytes;
}

const bytesIn = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/**
 * Every op of `ops` has a kernel here: its definition. So has `copy`, the step planners add. Views
 * are accepted as they are.
 */
const tableOf = (ops: ReadonlyMap<string, OpDefinition>): KernelTable =>
  Object.fromEntries([...ops.keys(), 'copy'].map((name) => [name, { acceptsView: () => true }]));

/** An interpreting backend over the built-in ops and `extraOps`. Its scan mode reports nothing. */
export function referenceBackend(extraOps: readonly OpDefinition[] = []): Backend {
  const ops = new Map<string, OpDefinition>(
    Object.entries(builtinOps as unknown as Record<string, OpDefinition>),
  );
  for (const op of extraOps) ops.set(op.name, op);
  return {
    kind: 'backend',
    apiVersion: 1,
    name: 'reference',
    version: '1.0.0',
    numericsKey: 'reference',
    kernels: tableOf(ops),
    devices: () => [
      {
        name: 'reference',
        memoryBytes: Infinity,
        threads: 1,
        peakFlops: { f32: 1e8, bf16: 1e8 },
        bandwidth: 1e9,
      },
    ],
    allocate: (bytes, label) => new HostBuffer(new Uint8Array(bytes), label, false),
    map: (range, label) => new HostBuffer(readRange(range), label, true),
    uploadFile: (
      range: FileRange,
      from: DType,
      buffer: DeviceBuffer,
      offset: number,
      to: DType,
    ): Promise<void> => {
      const bytes = readRange(range);
      hostBuffer(buffer).data.set(
        from === to ? bytes : encodeHostData(to, decodeHostData(from, bytes)),
        offset,
      );
      return Promise.resolve();
    },
    upload: (buffer, offset, bytes) => hostBuffer(buffer).data.set(bytesIn(bytes), offset),
    download: (buffer, offset, target) =>
      bytesIn(target).set(hostBuffer(buffer).data.subarray(offset, offset + target.byteLength)),
    compile: (plan) => executable(plan, ops),
    close: () => Promise.resolve(),
  };
}

const executable = (plan: Plan, ops: ReadonlyMap<string, OpDefinition>): Executable => ({
  plan,
  overheadBytes: plan.arenaBytes,
  run: (bindings) => {
    interpretPlan(
      plan,
      ops,
      new Map([...bindings].map(([name, buffer]) => [name, hostBuffer(buffer).data])),
    );
    return Promise.resolve({});
  },
  close: () => Promise.resolve(),
});
