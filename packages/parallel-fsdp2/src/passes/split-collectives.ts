// A gather or a reduction over all pieces as two, over the axes that the pieces were divided into.
// The first gather leaves a process with one of few larger pieces, from which the backward pass can
// gather again within a small group. The sums are the same but for their order.
import {
  allGather,
  rebuild,
  reduceScatter,
  type CollectiveAttributes,
  type DType,
  type Pass,
  type Tensor,
} from '@automodel/core';
import { isGather, isReduction } from './gathers.js';

/** How many pieces there are along the axes dp_shard and dp_shard_inner. */
export interface ShardGroups {
  readonly outer: number;
  readonly inner: number;
}

/** `reshard_after_forward: inner`. Before it, `dp_shard` stands for both axes. */
export const splitCollectives = ({ outer, inner }: ShardGroups): Pass => {
  const across: CollectiveAttributes = { axis: 'dp_shard', ranks: outer };
  const within: CollectiveAttributes = { axis: 'dp_shard_inner', ranks: inner };
  return {
    name: 'split-collectives',
    summary: 'gathers and reduces in two steps, the second within small groups',
    numerics: 'reassociates',
    run: (graph) =>
      rebuild(graph, ({ node, inputs }) => {
        const tensors = inputs as readonly Tensor[];
        if (isGather(node)) {
          const dtype = node.attrs['dtype'] as DType | null;
          return allGather(allGather(tensors, { ...across, dtype }), within);
        }
        if (isReduction(node)) return reduceScatter(reduceScatter(tensors, within), across);
        return undefined;
      }),
  };
};
