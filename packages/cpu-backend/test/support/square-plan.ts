// A small program for a backend.
import type { Backend } from '@automodel/contracts';
import { passesFor, planGraph, runPasses, trace, type Plan, type Tensor } from '@automodel/core';

/** The plan of a program x[n,n] -> y[n,n]. */
export function squarePlan(
  backend: Backend,
  name: string,
  n: number,
  body: (x: Tensor) => Tensor,
): Plan {
  const graph = trace(name, (t) => t.output('y', body(t.input('batch', 'x', [n, n], 'f32'))));
  const target = { backend: backend.name, kernels: backend.kernels };
  return planGraph(runPasses(graph, passesFor(target)), target);
}
