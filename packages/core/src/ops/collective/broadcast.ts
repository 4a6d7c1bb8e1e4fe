// One rank's tensors on every rank.
import { nonEmpty } from '../../list-length.js';
import type { Tensor } from '../../tensor/tensor.js';
import { collectiveOp, type CollectiveAttributes } from './collective-op.js';

/** `root`: the rank along the axis whose tensors all get. */
export type BroadcastAttributes = CollectiveAttributes & { readonly root: number };

/** The tensors of the rank `root` along `axis`, of any dtype; one collective for all of them. */
export const broadcast = (
  tensors: readonly Tensor[],
  attrs: BroadcastAttributes,
): readonly Tensor[] => nonEmpty(tensors)[0].trace.apply(broadcastOp, tensors, attrs);

export const broadcastOp = collectiveOp<BroadcastAttributes>({
  name: 'broadcast',
  summary: "one rank's tensors on every rank of an axis",
  overwritesEach: true,
  result: (operand, { ranks, root }) => (root >= 0 && root < ranks ? operand : undefined),
  results: (operands, { root }) => operands.map(() => operands[root]!),
  spread: (operand) => (operand.kind === 'replicated' ? operand : undefined),
  flops: () => 0,
  sample: { axis: 'dp_replicate', ranks: 2, root: 1 },
});
