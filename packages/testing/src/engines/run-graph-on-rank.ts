// One graph on the backend of one rank, its states included, and what it must give.
import type { Backend } from '@automodel/contracts';
import {
  overwritesOf,
  passesFor,
  planGraph,
  runPasses,
  verifyPlan,
  type Graph,
  type HostTensor,
  type Plan,
} from '@automodel/core';
import { runPlan, type PlanRun, type RunPlanOptions } from '@automodel/recorded';
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

/** Compiles, binds fresh memory and runs, once or several times in a row. */
export const runGraphOnRank = (
  backend: Backend,
  graph: Graph,
  feeds: ReadonlyMap<string, HostTensor>,
  options?: RunPlanOptions,
): Promise<PlanRun> => runPlan(backend, planFor(graph, backend), graph, feeds, options);
