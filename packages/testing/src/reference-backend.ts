// A backend without native code: plans run over plain bytes with the reference definition of every
// op. Slow and exact, it shows whether a wrong number comes from a kernel or from the program.
import { closeSync, openSync, readSync } from 'node:fs';
import type {
  Backend,
  Device,
  DeviceBuffer,
  Executable,
  FileRange,
  PlanningTarget,
} from '@automodel/contracts';
import {
  AutomodelError,
  builtinOps,
  collectiveOps,
  decodeHostData,
  encodeHostData,
  interpretPlan,
  interpretPlanOnRank,
  type Communicate,
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

const withBuiltins = (extraOps: readonly OpDefinition[]): ReadonlyMap<string, OpDefinition> =>
  new Map([
    ...Object.entries<OpDefinition>(builtinOps),
    ...extraOps.map((op) => [op.name, op] as const),
  ]);

const NAME = 'reference';

const DEVICE: Device = {
  name: NAME,
  memoryBytes: Infinity,
  threads: 1,
  peakFlops: { f32: 1e8, bf16: 1e8 },
  bandwidth: 1e9,
};

/** What planning for the reference backend takes. */
export const referenceTarget = (extraOps: readonly OpDefinition[] = []): PlanningTarget => ({
  name: NAME,
  numericsKey: NAME,
  kernels: tableOf(withBuiltins(extraOps)),
  device: DEVICE,
});

/**
 * An interpreting backend over the built-in ops and `extraOps`; collectives are among them if they
 * go through `communicate`. Its scan mode reports nothing.
 */
export function referenceBackend(
  extraOps: readonly OpDefinition[] = [],
  communicate?: Communicate,
): Backend {
  const ops = withBuiltins(
    communicate === undefined
      ? extraOps
      : [...extraOps, ...Object.values<OpDefinition>(collectiveOps)],
  );
  return {
    kind: 'backend',
    apiVersion: 1,
    name: NAME,
    version: '1.0.0',
    numericsKey: NAME,
    kernels: tableOf(ops),
    ...(communicate === undefined ? {} : { engines: ['memory'], connect: () => Promise.resolve() }),
    devices: () => [DEVICE],
    allocate: (bytes, label) => new HostBuffer(new Uint8Array(bytes), label, false),
    // async: what these throw are rejections
    map: async (range, label) => new HostBuffer(readRange(range), label, true),
    uploadFile: async (range, from, buffer, offset, to) => {
      const bytes = readRange(range);
      hostBuffer(buffer).data.set(
        from === to ? bytes : encodeHostData(to, decodeHostData(from, bytes)),
        offset,
      );
    },
    upload: (buffer, offset, bytes) => hostBuffer(buffer).data.set(bytesIn(bytes), offset),
    download: async (buffer, offset, target) =>
      bytesIn(target).set(hostBuffer(buffer).data.subarray(offset, offset + target.byteLength)),
    compile: async (plan) => executable(plan, ops, communicate),
    close: () => Promise.resolve(),
  };
}

const executable = (
  plan: Plan,
  ops: ReadonlyMap<string, OpDefinition>,
  communicate: Communicate | undefined,
): Executable => ({
  plan,
  overheadBytes: plan.arenaBytes,
  run: async (bindings) => {
    const memory = [...bindings].map(([name, buffer]) => [name, hostBuffer(buffer).data] as const);
    if (communicate === undefined) interpretPlan(plan, ops, new Map(memory));
    else await interpretPlanOnRank(plan, ops, new Map(memory), communicate);
    return {};
  },
  close: () => Promise.resolve(),
});
