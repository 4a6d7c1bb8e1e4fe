// The verified plan of a small program, on a backend that has every kernel it needs.
import {
  overwritesOf,
  planGraph,
  trace,
  verifyPlan,
  type Graph,
  type KernelTable,
  type Plan,
  type Trace,
} from '../../src/index.js';
import { kernelsFor } from './kernels.js';

export function planOf(
  body: (t: Trace) => void,
  support: KernelTable[string] = {},
): { readonly graph: Graph; readonly plan: Plan } {
  const graph = trace('program', body);
  const plan = planGraph(graph, { backend: 'test', kernels: kernelsFor(graph, support as object) });
  verifyPlan(plan, overwritesOf(graph));
  return { graph, plan };
}
