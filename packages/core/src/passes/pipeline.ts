// The passes a program goes through between differentiation and planning, in one ordered list. Each
// can be switched off by name, and an observer can see what each one did.
import { AutomodelError } from '../error.js';
import type { Graph } from '../graph/graph.js';
import { printGraph } from '../graph/print-graph.js';
import { verifyGraph } from '../graph/verify-graph.js';
import { diffLines } from '../plan/diff-plans.js';
import { planGraph, type PlanTarget } from '../plan/plan-graph.js';
import type { Plan } from '../plan/plan.js';
import { batchUpdates } from './batch-updates.js';
import { decompose } from './decompose.js';
import { eliminateDead } from './eliminate-dead.js';
import { foldConstants } from './fold-constants.js';
import { fuseAccumulation } from './fuse-accumulation.js';
import { fuseAdditions } from './fuse-additions.js';
import { fuseCopies } from './fuse-copies.js';
import { fuseElementwise } from './fuse-elementwise.js';
import { batchAccumulation, fuseBiasGradients } from './fuse-gradients.js';
import { fuseLoss } from './fuse-loss.js';
import { joinProducts } from './join-products.js';
import { orderUpdates } from './order-updates.js';
import type { Pass, Rewrite } from './pass.js';
import { recompute, type ActivationCheckpointing } from './recompute-pass.js';
import { shareCommon } from './share-common.js';
import { simplify } from './simplify.js';

/** What a pass did. `diff` compares the printed graphs, naming values as the old one does. */
export interface PassEvent {
  readonly pass: Pass;
  readonly before: Graph;
  readonly after: Graph;
  diff(): string[];
}

/** Where passes from outside stand among those of the pipeline; they cannot be switched off. */
export interface PassSlots {
  /** After the cast policy, before differentiation. */
  readonly forward?: readonly Pass[] | undefined;
  /** After differentiation, before everything else. */
  readonly differentiated?: readonly Pass[] | undefined;
  /** After recompute, before everything is lowered; the search of recompute sees what they do. */
  readonly lowering?: readonly Pass[] | undefined;
  /** After everything else. */
  readonly last?: readonly Pass[] | undefined;
}

/** What can be chosen about the passes of a program. */
export interface PipelineOptions {
  /** Passes from outside. Those of `forward` are for whoever differentiates to run before it. */
  readonly slots?: PassSlots;
  /** Names of passes to leave out. */
  readonly disable?: readonly string[];
  /** Maximum size of the transient arena in bytes; layers are recomputed until the plan fits. */
  readonly arenaBudget?: number;
  /** What is recomputed in any case; absent: with a budget nothing, else what is next to free. */
  readonly activationCheckpointing?: ActivationCheckpointing;
  /** Verify the graph after each pass. */
  readonly verify?: boolean;
  readonly onPass?: (event: PassEvent) => void;
}

/** The passes that join nodes into fewer kernels at the end of lowering. */
const fusions = (target: PlanTarget): readonly Pass[] => [
  fuseAdditions(target),
  fuseBiasGradients(target),
  joinProducts(target),
  batchAccumulation(target),
  batchUpdates(target),
  fuseCopies(target),
  eliminateDead,
  fuseElementwise(target),
];

/**
 * Names of the passes that join nodes into fewer kernels. Leave them out to see the program as it
 * was written.
 */
export const FUSION_PASSES: readonly string[] = [
  'fuse-additions',
  'fuse-bias-gradients',
  'join-products',
  'batch-accumulation',
  'batch-updates',
  'fuse-copies',
  'fuse-elementwise',
];

const lowering = (target: PlanTarget): readonly Pass[] => [
  decompose(target),
  simplify,
  foldConstants,
  shareCommon,
  eliminateDead,
  ...fusions(target),
  eliminateDead,
  orderUpdates,
];

/**
 * The passes in order. Sharing comes before recompute, which makes equal nodes on purpose; sharing
 * keeps them apart by phase afterwards.
 */
export function passesFor(target: PlanTarget, options: PipelineOptions = {}): readonly Pass[] {
  const { arenaBudget: budgetBytes, activationCheckpointing, disable = [], slots = {} } = options;
  const enabled = (pass: Pass): boolean => !disable.includes(pass.name);
  const lowered = [...(slots.lowering ?? []), ...lowering(target).filter(enabled)];
  const peakBytes = (graph: Graph): number =>
    planGraph(runPasses(graph, lowered), target).arenaBytes;
  const passes = [
    fuseLoss,
    simplify,
    foldConstants,
    shareCommon,
    eliminateDead,
    fuseAccumulation,
    eliminateDead,
    orderUpdates,
    recompute({ activationCheckpointing, budgetBytes, peakBytes }),
  ];
  const known = new Set([...passes, ...lowering(target)].map((p) => p.name));
  for (const name of disable)
    if (!known.has(name))
      throw new AutomodelError('bad-argument', `there is no pass named ${name}`, {
        hint: `passes: ${[...known].join(', ')}`,
      });
  return [
    ...(slots.differentiated ?? []),
    ...passes.filter(enabled),
    ...lowered,
    ...(slots.last ?? []),
  ];
}

/** Runs passes one after the other. */
export function runPasses(
  graph: Graph,
  passes: readonly Pass[],
  options: Pick<PipelineOptions, 'verify' | 'onPass'> = {},
): Graph {
  let current = graph;
  for (const pass of passes) {
    const rewrite = pass.run(current);
    if (options.verify === true) verifyGraph(rewrite.graph, pass.name);
    const before = current;
    options.onPass?.({
      pass,
      before,
      after: rewrite.graph,
      diff: () => diffGraphs(before, rewrite),
    });
    current = rewrite.graph;
  }
  return current;
}

/** All passes, then the plan. */
export function compileGraph(
  graph: Graph,
  target: PlanTarget,
  options: PipelineOptions = {},
): { readonly graph: Graph; readonly plan: Plan } {
  const result = runPasses(graph, passesFor(target, options), options);
  return { graph: result, plan: planGraph(result, target) };
}

/** Lines that a rewrite changed; values that only moved keep the numbers they had. */
export function diffGraphs(before: Graph, rewrite: Rewrite): string[] {
  const names = new Map<number, string>();
  for (const [old, value] of rewrite.values)
    if (!names.has(value.id)) names.set(value.id, `%${old.id}`);
  const kept = rewrite.values.size === 0;
  const after = printGraph(rewrite.graph).replace(/%(\d+)/g, (text, id: string) =>
    kept ? text : (names.get(Number(id)) ?? `%new${id}`),
  );
  return diffLines(printGraph(before).split('\n'), after.split('\n'));
}
