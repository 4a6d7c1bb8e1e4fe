// The weights of a unit are gathered by one collective and its gradients reduced by a few. With
// prefetch the next unit is gathered before the computation of the one before it begins, so that it
// travels meanwhile. The order of collectives is the same on every rank.
import {
  allGather,
  rebuild,
  reduceScatter,
  type CollectiveAttributes,
  type DType,
  type Graph,
  type Node,
  type Pass,
  type Rewrite,
  type Tensor,
  type Value,
} from '@automodel/core';
import { bringTogether } from './bring-together.js';
import { gatherUnits } from './gather-units.js';
import { isReduction } from './gathers.js';
import { operandBytes, unitsOf } from './units.js';

/** One gather for each unit, phase and dtype; `prefetch`: each a unit ahead. */
export const groupGathers = (prefetch: boolean): Pass => ({
  name: 'group-gathers',
  summary: 'gathers the weights of a unit together',
  numerics: 'bitwise',
  run: (graph) => {
    const { units, placeOf } = gatherUnits(graph);
    const made = new Map<Value, Tensor>();
    return rebuild(graph, ({ node, trace, tensorOf }) => {
      const place = placeOf.get(node);
      if (place === undefined) return undefined;
      const due = units.slice(place, prefetch ? place + 2 : place + 1).flat();
      for (const members of due) {
        const [first] = members;
        if (first === undefined || made.has(first.outputs[0])) continue;
        trace.follow(first);
        const { axis, ranks, dtype } = first.attrs as GatherAttributes;
        const inputs = members.flatMap((member) =>
          member.inputs.map((value) => made.get(value!) ?? tensorOf(value!)),
        );
        const outputs = members.flatMap((member) => [...member.outputs]);
        allGather(inputs, { axis, ranks, dtype }).forEach((tensor, i) =>
          made.set(outputs[i]!, tensor),
        );
      }
      return node.outputs.map((value) => made.get(value)!);
    });
  },
});

type GatherAttributes = CollectiveAttributes & { readonly dtype: DType | 'compute' | null };

/** The reductions of a unit in a few parts, each when its last gradient is there. */
export const groupReductions: Pass = {
  name: 'group-reductions',
  summary: 'reduces gradients of a unit together',
  numerics: 'bitwise',
  run: (graph): Rewrite => {
    const parts = partsOf(graph);
    const { nodes, groups } = bringTogether(graph, (node) => parts.get(node));
    const made = new Map<Value, Tensor>();
    return rebuild({ ...graph, nodes }, ({ node, trace, tensorOf }) => {
      const group = groups.get(node);
      if (group !== undefined) {
        const { axis, ranks } = node.attrs as CollectiveAttributes;
        const inputs = group.flatMap((member) => member.inputs.map((v) => tensorOf(v!)));
        const outputs = group.flatMap((member) => [...member.outputs]);
        trace.follow(node);
        reduceScatter(inputs, { axis, ranks }).forEach((tensor, i) =>
          made.set(outputs[i]!, tensor),
        );
      }
      return isReduction(node) ? node.outputs.map((value) => made.get(value)!) : undefined;
    });
  },
};

/** A part is complete with a quarter of the bytes of its unit. */
const PARTS = 4;

/** The part to which each reduction belongs. */
function partsOf(graph: Graph): ReadonlyMap<Node, string> {
  const units = new Map(
    [...unitsOf(graph, isReduction)].map(([node, unit]) => [
      node,
      `${unit} ${String(node.attrs['axis'])}`,
    ]),
  );
  const totals = new Map<string, number>();
  for (const [node, unit] of units) totals.set(unit, (totals.get(unit) ?? 0) + operandBytes(node));
  const open = new Map<string, { readonly part: number; readonly bytes: number }>();
  const parts = new Map<Node, string>();
  for (const [node, unit] of units) {
    const { part, bytes: before } = open.get(unit) ?? { part: 0, bytes: 0 };
    parts.set(node, `${unit} ${part}`);
    const bytes = before + operandBytes(node);
    const isComplete = bytes * PARTS >= totals.get(unit)!;
    open.set(unit, isComplete ? { part: part + 1, bytes: 0 } : { part, bytes });
  }
  return parts;
}
