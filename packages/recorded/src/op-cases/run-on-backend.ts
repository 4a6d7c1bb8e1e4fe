// One graph on a backend, from feeds to results: what comparing kernels with the reference needs.
// Nothing is fused or folded, so each node runs as its own kernel.
import type { Backend } from '@automodel/contracts';
import {
  overwritesOf,
  passesFor,
  planGraph,
  runPasses,
  verifyPlan,
  type Graph,
  type HostTensor,
} from '@automodel/core';
import { runPlan } from './run-plan.js';

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
    return (await runPlan(backend, plan, graph, feeds)).outputs;
  };
