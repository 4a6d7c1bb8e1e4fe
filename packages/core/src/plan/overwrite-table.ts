// Which results the steps of a plan may write over which of their operands.
import { overwritesIn, type Graph } from '../graph/graph.js';

type OverwritePairs = readonly (readonly [output: number, input: number])[];

/** [output, input] pairs that each op may overwrite, by op name. */
export type OverwriteTable = ReadonlyMap<string, OverwritePairs>;

/** The overwrites that the ops of `graph` declare; those of the node with the most outputs. */
export function overwritesOf(graph: Graph): OverwriteTable {
  const table = new Map<string, OverwritePairs>();
  for (const node of graph.nodes) {
    const pairs = overwritesIn(node);
    if (pairs.length >= (table.get(node.op.name)?.length ?? 0)) table.set(node.op.name, pairs);
  }
  return table;
}

/** Whether the table lets an op overwrite; it takes no longer for ops of many pairs. */
export function overwriteRule(
  table: OverwriteTable,
): (op: string, output: number, input: number) => boolean {
  const keys = new Map<string, ReadonlySet<string>>();
  for (const [op, pairs] of table) keys.set(op, new Set(pairs.map((pair) => pair.join(' '))));
  return (op, output, input) => keys.get(op)?.has(`${output} ${input}`) === true;
}
