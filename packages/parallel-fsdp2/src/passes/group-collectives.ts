// The weights of a unit are gathered by one collective and its gradients reduced by one. With
// prefetch the next unit is gathered before the computation of the one before it begins, so that it
// travels meanwhile. The order of collectives is the same on every rank.
import {
  allGather,
  rebuild,
  reduceScatter,
  type CollectiveAttributes,
  type DType,
  type Pass,
  type Rewrite,
  type Tensor,
  type Value,
} from '@automodel/core';
import { bringTogether } from './bring-together.js';
import { gatherUnits } from './gather-units.js';
import { isReduction, unitKey } from './gathers.js';

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

/** One reduction for each unit, when its last gradient is there. */
export const groupReductions: Pass = {
  name: 'group-reductions',
  summary: 'reduces the gradients of a unit together',
  numerics: 'bitwise',
  run: (graph): Rewrite => {
    const { nodes, groups } = bringTogether(graph, (node) =>
      isReduction(node) ? `${unitKey(node)} ${String(node.attrs['axis'])}` : undefined,
    );
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
