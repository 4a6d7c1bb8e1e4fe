// From a traced graph to an executable: core's pass pipeline and planner, the plan verifier and the
// backend's compiler.
import type { Backend, Executable } from '@automodel/contracts';
import {
  compileGraph,
  FUSION_PASSES,
  overwritesOf,
  verifyPlan,
  type ActivationCheckpointing,
  type Graph,
  type PassEvent,
  type PassSlots,
  type Plan,
} from '@automodel/core';

/** How programs are planned and compiled. */
export interface CompileOptions {
  /**
   * Verify the graph after every pass, and every plan over (bytes, stream, order): for tests and
   * debug builds.
   */
  readonly verifyPlans?: boolean | undefined;
  /**
   * Maximum bytes of a program's transient memory: layers are recomputed in the backward pass until
   * it fits.
   */
  readonly arenaBudgetBytes?: number | undefined;
  /**
   * What is recomputed in any case. Absent: with a budget nothing, otherwise what takes next to no
   * time, where that lowers the peak.
   */
  readonly activationCheckpointing?: ActivationCheckpointing | undefined;
  /** False: no nodes are joined into fewer kernels; see FUSION_PASSES. Default true. */
  readonly fuse?: boolean | undefined;
  /** Passes to leave out, by name. */
  readonly disablePasses?: readonly string[] | undefined;
  /** Passes of parallelism. */
  readonly slots?: PassSlots | undefined;
  readonly onPass?: ((event: PassEvent) => void) | undefined;
}

/** A program laid out for a backend, not yet compiled. */
export interface PlannedProgram {
  /** After all passes. */
  readonly graph: Graph;
  readonly plan: Plan;
}

/** Runs the passes over a graph and plans its memory. Errors: those of the passes and verifiers. */
export function planProgram(
  backend: Pick<Backend, 'name' | 'kernels'>,
  graph: Graph,
  options: CompileOptions = {},
): PlannedProgram {
  const {
    verifyPlans = false,
    arenaBudgetBytes,
    activationCheckpointing,
    fuse = true,
    disablePasses = [],
    slots,
    onPass,
  } = options;
  const planned = compileGraph(
    graph,
    { backend: backend.name, kernels: backend.kernels },
    {
      verify: verifyPlans,
      ...(arenaBudgetBytes === undefined ? {} : { arenaBudget: arenaBudgetBytes }),
      ...(activationCheckpointing === undefined ? {} : { activationCheckpointing }),
      disable: fuse ? disablePasses : [...disablePasses, ...FUSION_PASSES],
      ...(slots === undefined ? {} : { slots }),
      ...(onPass === undefined ? {} : { onPass }),
    },
  );
  if (verifyPlans) verifyPlan(planned.plan, overwritesOf(planned.graph));
  return planned;
}

/** Plans a graph and compiles the plan. Errors: those of `planProgram` and the backend. */
export const compileProgram = (
  backend: Backend,
  graph: Graph,
  options: CompileOptions = {},
): Promise<Executable> => backend.compile(planProgram(backend, graph, options).plan);
