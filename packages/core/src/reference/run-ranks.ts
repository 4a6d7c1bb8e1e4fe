// The reference run of a graph on several ranks, in one process: node by node over all of them,
// each collective over the ranks along its axis. It says what engines must compute.
import { AutomodelError } from '../error.js';
import type { Graph, Node, Value } from '../graph/graph.js';
import { mapNonEmpty, nonEmpty } from '../list-length.js';
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
  for (const group of groupsAlong(node, axes)) {
    const made = node.op.collective!(
      mapNonEmpty(nonEmpty(group), (rank) => operands[rank]!),
      node.attrs,
      mode === 'exact' ? Number : Math.fround,
    );
    group.forEach((rank, i) => {
      results[rank] = mode === 'exact' ? made[i]! : made[i]!.map(roundHostTensor);
    });
  }
  return results;
}

/** The ranks that differ along the node's axis only, group by group. */
function groupsAlong(node: Node, axes: readonly RankAxis[]): readonly (readonly number[])[] {
  const at = axes.findIndex(({ name }) => name === node.attrs['axis']);
  if (at === -1 || axes[at]!.size !== node.attrs['ranks'])
    throw new AutomodelError(
      'bad-graph',
      `${node.op.name} over ${String(node.attrs['ranks'])} ranks along ` +
        `${String(node.attrs['axis'])}: the mesh has no such axis`,
    );
  const product = (part: readonly RankAxis[]): number =>
    part.reduce((size, axis) => size * axis.size, 1);
  const [outer, size, inner] = [
    product(axes.slice(0, at)),
    axes[at]!.size,
    product(axes.slice(at + 1)),
  ];
  return Array.from({ length: outer * inner }, (_, group) => {
    const first = Math.floor(group / inner) * size * inner + (group % inner);
    return Array.from({ length: size }, (__, i) => first + i * inner);
  });
}
