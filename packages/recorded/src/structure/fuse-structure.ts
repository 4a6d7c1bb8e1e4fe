// Structural fusion: a forward graph of plain tensor operations, as models are recorded, becomes
// one of the fused ops that hand-written models use. What is recognised is data flow:
// names, scopes and the order of operands do not matter. Runs before the cast policy and
// differentiation; each pass can be switched off by name.
import {
  AutomodelError,
  eliminateDead,
  foldConstantsUpTo,
  type Graph,
  type Pass,
  type PassEvent,
  runPasses,
  shareCommon,
  simplify,
} from '@automodel/core';
import type { MissedStructure, PreparedGraph } from '@automodel/contracts';
import { activations, gates } from './activations.js';
import { attentions } from './attention-pattern.js';
import { contractions } from './contractions.js';
import { losses } from './losses.js';
import { norms } from './norms.js';
import { rotary } from './rope-pattern.js';
import { replaceMatches, subjectOf, type Pattern } from './pattern.js';

/** What structural fusion is told about a graph. */
export interface StructureOptions {
  /** Names of passes to leave out. */
  readonly disable?: readonly string[];
  /** Verify the graph after each pass. */
  readonly verify?: boolean;
  readonly onPass?: (event: PassEvent) => void;
  /**
   * The batch input that says which tokens are real (1) and which are padding (0); rows are padded
   * at their end.
   */
  readonly attentionMask?: string;
}

/**
 * Constants made before fusion stay smaller than this: masks of [queries, keys] are recognised, not
 * evaluated.
 */
const SMALL_CONSTANT_BYTES = 4 * 2 ** 20;

const patterns = ({ attentionMask }: StructureOptions): readonly Pattern[] => [
  norms,
  rotary,
  activations,
  gates,
  attentions(attentionMask),
  contractions,
  losses,
];

/** The graph with fused ops, and a report. Errors: an unknown name among `disable`. */
export function fuseStructure(graph: Graph, options: StructureOptions = {}): PreparedGraph {
  const { disable = [] } = options;
  const counts = new Map<string, number>();
  const missed: MissedStructure[] = [];
  const cleanUp: readonly Pass[] = [
    simplify,
    foldConstantsUpTo(SMALL_CONSTANT_BYTES),
    shareCommon,
    eliminateDead,
  ];
  const named = patterns(options);
  const known = [...named.map((p) => p.name), ...cleanUp.map((p) => p.name)];
  for (const name of disable)
    if (!known.includes(name))
      throw new AutomodelError('bad-argument', `there is no pass named ${name}`, {
        hint: `passes: ${known.join(', ')}`,
      });
  const passes = [
    ...cleanUp,
    ...named.flatMap((pattern) => [passOf(pattern, counts, missed), simplify]),
    foldConstantsUpTo(SMALL_CONSTANT_BYTES),
    shareCommon,
    eliminateDead,
  ];
  const result = runPasses(
    graph,
    passes.filter((pass) => !disable.includes(pass.name)),
    options,
  );
  const fused = [...counts].map(([pass, count]) => ({ pass, count }));
  return {
    graph: result,
    report: { nodesBefore: graph.nodes.length, nodesAfter: result.nodes.length, fused, missed },
  };
}

const passOf = (
  pattern: Pattern,
  counts: Map<string, number>,
  missed: MissedStructure[],
): Pass => ({
  name: pattern.name,
  summary: pattern.summary,
  numerics: 'reassociates',
  run: (graph) => {
    const findings = pattern.find(subjectOf(graph));
    counts.set(pattern.name, (counts.get(pattern.name) ?? 0) + findings.matches.size);
    missed.push(...findings.missed);
    return replaceMatches(graph, findings.matches);
  },
});
