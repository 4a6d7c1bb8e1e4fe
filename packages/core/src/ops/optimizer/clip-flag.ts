// From squared norms of all gradients to the numbers an update needs: the global norm, the clipping
// factor, and a flag that is 0 when loss or norm is not finite, in which case optimizers write
// nothing. As torch.nn.utils.clip_grad_norm_: factor = min(1, maxNorm / (norm + 1e-6)).

import { exactly } from '../../list-length.js';
import { type TensorType } from '../../graph/graph.js';
import { type HostTensor } from '../../tensor/host-tensor.js';
import { floatsOf, numberIn } from '../support/elements.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import type { Tensor } from '../../tensor/tensor.js';

export type ClipFlagAttributes = { readonly max_norm: number };

/** Norm, clipping factor and flag, all f32[]. */
export interface ClipFlag {
  readonly norm: Tensor;
  readonly clipScale: Tensor;
  readonly flag: Tensor;
}

/**
 * loss f32[], squared norms f64 of any shapes, added up in their order; maxNorm Infinity: no
 * clipping.
 */
export function clipFlag(loss: Tensor, squaredNorms: readonly Tensor[], maxNorm: number): ClipFlag {
  const attrs = { max_norm: maxNorm };
  const results = loss.trace.apply(clipFlagOp, [loss, ...squaredNorms], attrs);
  const [norm, clipScale, flag] = exactly(results, 3);
  return { norm, clipScale, flag };
}

const NUMBER: TensorType = { shape: [], dtype: 'f32' };
const scalar = (value: number): HostTensor => ({ ...NUMBER, data: Float64Array.of(value) });

export const clipFlagOp: OpDefinition<ClipFlagAttributes> = defineOp({
  name: 'clip_flag',
  summary: 'global norm, clipping factor and finite flag from squared norms',
  operands: ['loss', '...squaredNorms'],
  outputs: ['norm', 'clipScale', 'flag'],
  infer: () => [NUMBER, NUMBER, NUMBER],
  reference: ({ loss, squaredNorms }, attrs) => {
    const total = squaredNorms.reduce(
      (sum, norms) => floatsOf(norms).reduce((a, v) => a + v, sum),
      0,
    );
    const norm = Math.sqrt(total);
    const finite = Number.isFinite(numberIn(loss)) && Number.isFinite(norm);
    return [
      scalar(norm),
      scalar(attrs.max_norm === Infinity ? 1 : Math.min(1, attrs.max_norm / (norm + 1e-6))),
      scalar(finite ? 1 : 0),
    ];
  },
  castRule: 'full',
  samples: [
    {
      inputs: [
        { shape: [], values: [2] },
        { shape: [], dtype: 'f64', values: [9] },
        { shape: [], dtype: 'f64', values: [16] },
        { shape: [3], dtype: 'f64', values: [1, 2, 4] },
      ],
      attrs: { max_norm: 1 },
      differentiable: [],
    },
    {
      inputs: [
        { shape: [], values: [2] },
        { shape: [], dtype: 'f64', values: [0.01] },
      ],
      attrs: { max_norm: 1 },
      differentiable: [],
    },
    {
      inputs: [
        { shape: [], values: [Infinity] },
        { shape: [], dtype: 'f64', values: [4] },
      ],
      attrs: { max_norm: 1e9 },
      differentiable: [],
    },
  ],
});
