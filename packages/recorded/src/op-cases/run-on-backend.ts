// One graph on a backend, from feeds to results: what comparing kernels with the reference needs.
// Nothing is fused or folded, so each node runs as its own kernel.
import type { Backend, DeviceBuffer } from '@automodel/contracts';
import {
  AutomodelError,
  decodeHostData,
  encodeHostData,
  overwritesOf,
  passesFor,
  planGraph,
  runPasses,
  verifyPlan,
  type Graph,
  type HostTensor,
  type PlanBuffer,
} from '@automodel/core';

/** Runs a graph once on given inputs: results by output name. */
export type RunGraph = (
  graph: Graph,
  feeds: ReadonlyMap<string, HostTensor>,
) => Promise<ReadonlyMap<string, HostTensor>>;

/**
 * Decomposes what the backend has no kernel for, plans, verifies the plan, and runs it in fresh
 * memory. Errors: an input without data.
 */
export const runOnBackend =
  (backend: Backend): RunGraph =>
  async (graph, feeds) => {
    const target = { backend: backend.name, kernels: backend.kernels };
    const lowered = runPasses(
      graph,
      passesFor(target).filter((pass) => pass.name === 'decompose'),
    );
    const plan = planGraph(lowered, target);
    verifyPlan(plan, overwritesOf(lowered));
    const bindings = new Map<string, DeviceBuffer>();
    const executable = await backend.compile(plan);
    try {
      for (const buffer of plan.buffers)
        if (buffer.name !== '') bindings.set(buffer.name, bound(backend, buffer, feeds));
      await executable.run(bindings);
      const results = new Map<string, HostTensor>();
      for (const { name, value } of graph.outputs) {
        const buffer = bindings.get(name)!;
        const bytes = new Uint8Array(buffer.bytes);
        await backend.download(buffer, 0, bytes);
        const { shape, dtype } = value;
        results.set(name, { shape, dtype, data: decodeHostData(dtype, bytes) });
      }
      return results;
    } finally {
      await executable.close();
      for (const buffer of bindings.values()) buffer.close();
    }
  };

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
