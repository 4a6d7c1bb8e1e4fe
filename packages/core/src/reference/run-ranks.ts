// The reference run of a graph on several ranks, in one process: node by node over all of them,
// each collective over the ranks along its axis. It says what engines must compute.
import { AutomodelError } from '../error.js';
import type { Attributes, Graph, Node, Value } from '../graph/graph.js';
import type { OpDefinition } from '../ops/support/define-op.js';
import { nonEmpty } from '../list-length.js';
import { roundHostTensor, type HostTensor } from '../tensor/host-tensor.js';
import {
  evaluateNode,
  feedValues,
  referenceResult,
  type ReferenceMode,
  type ReferenceResult,
} from './run-graph.js';

/** An axis of the mesh that the ranks form. */
export interface RankAxis {
  readonly name: string;
  readonly size: number;
}

/**
 * Runs `graph` on as many ranks as there are feeds (by input name). `axes`, from the outermost: the
 * last one counts fastest. Errors: as runReference; axes that do not have these ranks; a collective
 * over an axis or a number of ranks that is not there.
 */
export function runReferenceRanks(
  graph: Graph,
  feeds: readonly ReadonlyMap<string, HostTensor>[],
  axes: readonly RankAxis[],
  mode: ReferenceMode = 'typed',
): readonly ReferenceResult[] {
  const ranks = axes.reduce((product, { size }) => product * size, 1);
  if (ranks !== feeds.length)
    throw new AutomodelError(
      'bad-argument',
      `${feeds.length} ranks have data, but the mesh has ${ranks}`,
    );
  const values = feeds.map((feed) => feedValues(graph, feed, mode));
  for (const node of graph.nodes) {
    const operands = values.map((of) => operandsOf(node, of));
    const results =
      node.op.collective === undefined
        ? operands.map((of) => evaluateNode(node, of, mode))
        : communicate(node, operands as readonly (readonly HostTensor[])[], axes, mode);
    node.outputs.forEach((value, i) =>
      values.forEach((of, rank) => of.set(value, results[rank]![i]!)),
    );
  }
  return values.map((of) => referenceResult(graph, of));
}

const operandsOf = (
  node: Node,
  values: ReadonlyMap<Value, HostTensor>,
): readonly (HostTensor | undefined)[] =>
  node.inputs.map((value) => (value === undefined ? undefined : values.get(value)));

function communicate(
  node: Node,
  operands: readonly (readonly HostTensor[])[],
  axes: readonly RankAxis[],
  mode: ReferenceMode,
): readonly (readonly HostTensor[])[] {
  const results: (readonly HostTensor[])[] = [];
  for (const group of ranksAlong(String(node.attrs['axis']), axes)) {
    if (group.length !== node.attrs['ranks'])
      throw new AutomodelError(
        'bad-graph',
        `${node.op.name} over ${String(node.attrs['ranks'])} ranks: the axis has ${group.length}`,
      );
    const made = collectiveResults(
      node.op,
      group.map((rank) => operands[rank]!),
      node.attrs,
      mode,
    );
    group.forEach((rank, i) => (results[rank] = made[i]!));
  }
  return results;
}

/**
 * What a collective gives the ranks along its axis. `typed`: sums are f32 and results have the
 * precision of their dtypes, as engines make them. Errors: `internal` for another op.
 */
export function collectiveResults(
  op: OpDefinition,
  operands: readonly (readonly HostTensor[])[],
  attrs: Attributes,
  mode: ReferenceMode,
): readonly (readonly HostTensor[])[] {
  if (op.collective === undefined)
    throw new AutomodelError('internal', `${op.name} is not a collective`);
  const made = op.collective(nonEmpty(operands), attrs, mode === 'exact' ? Number : Math.fround);
  return mode === 'exact' ? made : made.map((results) => results.map(roundHostTensor));
}

/**
 * The ranks that differ along one axis only, group by group. Errors: `bad-graph` for an axis that
 * is not there.
 */
export function ranksAlong(
  name: string,
  axes: readonly RankAxis[],
): readonly (readonly number[])[] {
  const at = axes.findIndex((axis) => axis.name === name);
  if (at === -1) throw new AutomodelError('bad-graph', `the mesh has no axis ${name}`);
  const product = (part: readonly RankAxis[]): number =>
    part.reduce((count, axis) => count * axis.size, 1);
  const { size } = axes[at]!;
  const [outer, inner] = [product(axes.slice(0, at)), product(axes.slice(at + 1))];
  return Array.from({ length: outer * inner }, (_, group) => {
    const first = Math.floor(group / inner) * size * inner + (group % inner);
    return Array.from({ length: size }, (__, i) => first + i * inner);
  });
}
