// From a traced graph to an executable: core's pass pipeline and planner, the plan verifier and the backend's compiler.
import type { Backend, Executable } from '@automodel/contracts';
import { compileGraph, overwritesOf, passesFor, verifyPlan, type Graph, type PassEvent, type Plan } from '@automodel/core';

export interface CompileOptions {
  /** Verify the graph after every pass and every plan over (bytes, stream, order): tests and debug builds. */
  readonly verifyPlans?: boolean | undefined;
  /** Most bytes the transient memory of a program may take: layers are computed again in the backward pass until it fits. */
  readonly arenaBudgetBytes?: number | undefined;
  /** False: neither the structure of recorded graphs nor chains of elementwise ops are fused. Default true. */
  readonly fuse?: boolean | undefined;
  /** Passes to leave out, by name. */
  readonly disablePasses?: readonly string[] | undefined;
  readonly onPass?: ((event: PassEvent) => void) | undefined;
}

/** A program laid out for a backend, not yet compiled. */
export interface PlannedProgram {
  /** After all passes. */
  readonly graph: Graph;
  readonly plan: Plan;
}

/** The pass that joins elementwise ops into one kernel. */
const CHAINS = 'fuse-elementwise';

export function planProgram(backend: Pick<Backend, 'name' | 'kernels'>, graph: Graph, options: CompileOptions = {}): PlannedProgram {
  const { verifyPlans = false, arenaBudgetBytes, fuse = true, disablePasses = [], onPass } = options;
  const target = { backend: backend.name, kernels: backend.kernels };
  const fusing = passesFor(target).map((pass) => pass.name).filter((name) => name === CHAINS);
  const planned = compileGraph(graph, target, {
    verify: verifyPlans,
    ...(arenaBudgetBytes === undefined ? {} : { arenaBudget: arenaBudgetBytes }),
    disable: fuse ? disablePasses : [...disablePasses, ...fusing],
    ...(onPass === undefined ? {} : { onPass }),
  });
  if (verifyPlans) verifyPlan(planned.plan, overwritesOf(planned.graph));
  return planned;
}

export const compileProgram = (backend: Backend, graph: Graph, options: CompileOptions = {}): Executable => backend.compile(planProgram(backend, graph, options).plan);
