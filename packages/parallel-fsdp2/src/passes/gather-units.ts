// Which gathers make a unit whole, and in which order: those of one kind are one collective.
import type { Graph, Node } from '@automodel/core';
import { isGather } from './gathers.js';
import { unitsOf } from './units.js';

/** What is gathered together, one collective after the other. */
export type GatherUnit = readonly (readonly Node[])[];

/** Units in the order of their first gathers, and the place there of each gather. */
export function gatherUnits(graph: Graph): {
  readonly units: readonly GatherUnit[];
  readonly placeOf: ReadonlyMap<Node, number>;
} {
  const units = new Map<string, { readonly place: number; readonly kinds: Map<string, Node[]> }>();
  const placeOf = new Map<Node, number>();
  for (const [node, name] of unitsOf(graph, isGather)) {
    let unit = units.get(name);
    if (unit === undefined) units.set(name, (unit = { place: units.size, kinds: new Map() }));
    const kind = `${String(node.attrs['axis'])} ${String(node.attrs['dtype'])}`;
    const members = unit.kinds.get(kind);
    if (members === undefined) unit.kinds.set(kind, [node]);
    else members.push(node);
    placeOf.set(node, unit.place);
  }
  return {
    units: [...units.values()].map(({ kinds }) => [...kinds.values()].sort(byDepth)),
    placeOf,
  };
}

/** Pieces are gathered before what is gathered from them. */
const byDepth = ([a]: readonly Node[], [b]: readonly Node[]): number => depthOf(a!) - depthOf(b!);

function depthOf(node: Node): number {
  const before = node.inputs[0]?.node;
  return before === undefined || before.phase !== node.phase ? 0 : 1 + depthOf(before);
}
