// One graph on the backend of one rank, its states included, and what it must give.
import type { Backend, DeviceBuffer, RunOptions, RunResult } from '@automodel/contracts';
import {
  decodeHostData,
  encodeHostData,
  overwritesOf,
  passesFor,
  planGraph,
  runPasses,
  verifyPlan,
  type Graph,
  type HostTensor,
  type Plan,
  type PlanBuffer,
} from '@automodel/core';
import { randomNumbers, sampleTensor } from '../sample-tensor.js';

/** Data for all inputs of a graph on one rank, the same wherever it is made. */
export function feedsOfRank(graph: Graph, rank: number): ReadonlyMap<string, HostTensor> {
  const random = randomNumbers(1000 + rank);
  return new Map(
    graph.inputs.map(({ input, shape, dtype }) => [
      input.name,
      sampleTensor({ shape, dtype, ...(dtype === 'bool' ? {} : { range: [-9, 9] }) }, random),
    ]),
  );
}

/** The verified plan of a graph for a backend. */
export function planFor(graph: Graph, { name: backend, kernels }: Backend): Plan {
  const target = { backend, kernels };
  const lowered = runPasses(graph, passesFor(target));
  const plan = planGraph(lowered, target);
  verifyPlan(plan, overwritesOf(lowered));
  return plan;
}

/** What the runs left, and what the last of them said. */
export interface RankResult {
  /** Outputs and assigned states by name. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly result: RunResult;
}

/** Compiles, binds fresh memory and runs, once or several times in a row. */
export async function runGraphOnRank(
  backend: Backend,
  graph: Graph,
  feeds: ReadonlyMap<string, HostTensor>,
  { runs = 1, ...options }: RunOptions & { readonly runs?: number | undefined } = {},
): Promise<RankResult> {
  const plan = planFor(graph, backend);
  const executable = await backend.compile(plan);
  const bindings = new Map<string, DeviceBuffer>();
  try {
    for (const buffer of plan.buffers)
      if (buffer.name !== '') bindings.set(buffer.name, bound(backend, buffer, feeds));
    let result: RunResult = {};
    for (let i = 0; i < runs; i++) result = await executable.run(bindings, options);
    const wanted = [
      ...graph.outputs.map(({ name, value }) => ({ name, value })),
      ...graph.assigns.map(({ target, value }) => ({ name: target.input.name, value })),
    ];
    const tensors = new Map<string, HostTensor>();
    for (const { name, value } of wanted) {
      const bytes = new Uint8Array(bindings.get(name)!.bytes);
      await backend.download(bindings.get(name)!, 0, bytes);
      const { shape, dtype } = value;
      tensors.set(name, { shape, dtype, data: decodeHostData(dtype, bytes) });
    }
    return { tensors, result };
  } finally {
    await executable.close();
    for (const buffer of bindings.values()) buffer.close();
  }
}

function bound(
  backend: Backend,
  { name, kind, bytes }: PlanBuffer,
  feeds: ReadonlyMap<string, HostTensor>,
): DeviceBuffer {
  const buffer = backend.allocate(bytes, name);
  const feed = feeds.get(name);
  if (kind !== 'output' && feed !== undefined)
    backend.upload(buffer, 0, encodeHostData(feed.dtype, feed.data));
  return buffer;
}
