// One plan on a backend, from feeds to results, in memory of its own.
import type { Backend, DeviceBuffer, RunOptions, RunResult } from '@automodel/contracts';
import {
  AutomodelError,
  decodeHostData,
  encodeHostData,
  type Graph,
  type HostTensor,
  type Plan,
  type PlanBuffer,
  type Value,
} from '@automodel/core';

export interface RunPlanOptions extends RunOptions {
  /** How often it runs, each time on what the one before has left. Default: 1. */
  readonly runs?: number | undefined;
}

/** What the runs left, by name, and what the last of them said. */
export interface PlanRun {
  readonly outputs: ReadonlyMap<string, HostTensor>;
  /** Inputs that the graph writes. */
  readonly assigns: ReadonlyMap<string, HostTensor>;
  readonly result: RunResult;
}

/**
 * Compiles the plan of `graph`, binds fresh memory and runs. Errors: `bad-argument` for an input
 * without data; those of the backend.
 */
export async function runPlan(
  backend: Backend,
  plan: Plan,
  graph: Graph,
  feeds: ReadonlyMap<string, HostTensor>,
  { runs = 1, ...options }: RunPlanOptions = {},
): Promise<PlanRun> {
  const bindings = new Map<string, DeviceBuffer>();
  const executable = await backend.compile(plan);
  try {
    for (const buffer of plan.buffers)
      if (buffer.name !== '') bindings.set(buffer.name, bound(backend, buffer, feeds));
    let result: RunResult = {};
    for (let i = 0; i < runs; i++) result = await executable.run(bindings, options);
    const written = graph.assigns.map(({ target, value }) => ({ name: target.input.name, value }));
    return {
      outputs: await results(backend, graph.outputs, bindings),
      assigns: await results(backend, written, bindings),
      result,
    };
  } finally {
    await executable.close();
    for (const buffer of bindings.values()) buffer.close();
  }
}

/** Memory for one input, filled, or for one output. */
function bound(
  backend: Backend,
  { name, kind, bytes }: PlanBuffer,
  feeds: ReadonlyMap<string, HostTensor>,
): DeviceBuffer {
  const buffer = backend.allocate(bytes, name);
  if (kind === 'output') return buffer;
  const feed = feeds.get(name);
  if (feed === undefined) throw new AutomodelError('bad-argument', `input ${name} has no data`);
  backend.upload(buffer, 0, encodeHostData(feed.dtype, feed.data));
  return buffer;
}

async function results(
  backend: Backend,
  wanted: readonly { readonly name: string; readonly value: Value }[],
  bindings: ReadonlyMap<string, DeviceBuffer>,
): Promise<ReadonlyMap<string, HostTensor>> {
  const tensors = new Map<string, HostTensor>();
  for (const { name, value } of wanted) {
    const buffer = bindings.get(name)!;
    const bytes = new Uint8Array(buffer.bytes);
    await backend.download(buffer, 0, bytes);
    const { shape, dtype } = value;
    tensors.set(name, { shape, dtype, data: decodeHostData(dtype, bytes) });
  }
  return tensors;
}
