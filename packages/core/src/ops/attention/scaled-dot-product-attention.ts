// Attention over a batch of rectangles with a mask tensor, as
// torch.nn.functional.scaled_dot_product_attention: the form in which recorded models state
// attention. Models of this project use `attention`. A masked score becomes the lowest finite
// number, so a row without keys gives a mean and not NaN.
import { AutomodelError } from '../../error.js';
import type { DType } from '../../tensor/dtype.js';
import { broadcastShapes, formatShape, sameShape, sizeOf, sizesOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { full } from '../creation/full.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { add } from '../elementwise/add.js';
import { mul } from '../elementwise/mul.js';
import { tanh } from '../elementwise/tanh.js';
import { cat } from '../layout/cat.js';
import { expand } from '../layout/expand.js';
import { transpose } from '../layout/permute.js';
import { reshape } from '../layout/reshape.js';
import { narrow } from '../layout/slice.js';
import { tril } from '../layout/tril.js';
import { matmul } from '../linear/matmul.js';
import { where } from '../select/where.js';
import { softmax } from '../softmax/softmax.js';

/** `softcap` 0: off. `causal`: query i sees keys 0..i. */
export type ScaledDotProductAttentionAttributes = {
  readonly scale: number;
  readonly softcap: number;
  readonly causal: boolean;
  readonly compute: 'f32' | 'bf16';
};

/** What scaledDotProductAttention takes besides queries, keys and values. */
export interface ScaledDotProductAttentionOptions {
  /** bool (true = keep) or additive, broadcast to [B,H,S,T]. */
  readonly mask?: Tensor | undefined;
  /** One score for each head [H] that takes probability and gives nothing. */
  readonly sinks?: Tensor | undefined;
  /** Default 1 / sqrt(D). */
  readonly scale?: number | null;
  readonly softcap?: number | null;
  readonly causal?: boolean;
}

/** q[B,H,S,D], k[B,Hk,T,D], v[B,Hk,T,V] with H a multiple of Hk -> [B,H,S,V]. */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  {
    mask,
    sinks,
    scale = null,
    softcap = null,
    causal = false,
  }: ScaledDotProductAttentionOptions = {},
): Tensor {
  return q.trace.apply(scaledDotProductAttentionOp, [q, k, v, mask, sinks], {
    scale: scale ?? 1 / Math.sqrt(q.shape.at(-1)!),
    softcap: softcap ?? 0,
    causal,
    compute: 'f32',
  })[0];
}

const LOWEST: Readonly<Record<string, number>> = {
  f16: -65504,
  bf16: -3.3895313892515355e38,
  f32: -3.4028234663852886e38,
};
const lowest = (dtype: DType): number => LOWEST[dtype] ?? -Number.MAX_VALUE;

/** Each key or value head repeated for the query heads that share it. */
function repeatHeads(x: Tensor, heads: number): Tensor {
  const [batch, own, rows, width] = sizesOf(x, 4);
  return reshape(
    expand(reshape(x, [batch, own, 1, rows, width]), [batch, own, heads / own, rows, width]),
    [batch, heads, rows, width],
  );
}

const ATTRS = { scale: 0.5, softcap: 0, causal: false, compute: 'f32' } as const;

export const scaledDotProductAttentionOp: OpDefinition<ScaledDotProductAttentionAttributes> =
  defineOp({
    name: 'sdpa',
    summary: 'softmax(scale * q k^T + mask) v over rectangles',
    operands: ['q', 'k', 'v', 'mask?', 'sinks?'],
    infer({ q, k, v, mask, sinks }) {
      const fits =
        [q, k, v].every(
          (t) => t.shape.length === 4 && t.dtype === q.dtype && t.shape[0] === q.shape[0],
        ) &&
        k.shape[3] === q.shape[3] &&
        k.shape[2] === v.shape[2] &&
        k.shape[1] === v.shape[1] &&
        q.shape[1]! % k.shape[1]! === 0;
      if (!fits)
        throw new AutomodelError(
          'bad-shape',
          `sdpa: q ${formatShape(q.shape)}, k ${formatShape(k.shape)} and v ` +
            `${formatShape(v.shape)} do not fit together`,
        );
      const [batch, heads, queries] = sizesOf(q, 4);
      const scores = [batch, heads, queries, sizesOf(k, 4)[2]];
      if (mask !== undefined && !sameShape(broadcastShapes('sdpa', mask.shape, scores), scores))
        throw new AutomodelError(
          'bad-shape',
          `sdpa: mask ${formatShape(mask.shape)} is not for scores ${formatShape(scores)}`,
        );
      if (sinks !== undefined && sizeOf(sinks.shape) !== heads)
        throw new AutomodelError(
          'bad-shape',
          `sdpa: sinks ${formatShape(sinks.shape)} are not one for each of ${heads} heads`,
        );
      return [{ shape: q.shape.with(3, sizesOf(v, 4)[3]), dtype: q.dtype }];
    },
    decompose({ q, mask, sinks, ...grouped }, attrs) {
      const [batch, heads, queries] = sizesOf(q, 4);
      const [k, v] = [repeatHeads(grouped.k, heads), repeatHeads(grouped.v, heads)];
      const keys = sizesOf(k, 4)[2];
      let scores = mul(matmul(q, transpose(k, 2, 3), { compute: attrs.compute }), attrs.scale);
      if (attrs.softcap > 0) scores = mul(tanh(mul(scores, 1 / attrs.softcap)), attrs.softcap);
      if (attrs.causal)
        scores = where(
          tril(full([queries, keys], true, 'bool', q.trace)),
          scores,
          lowest(scores.dtype),
        );
      if (mask !== undefined)
        scores =
          mask.dtype === 'bool' ? where(mask, scores, lowest(scores.dtype)) : add(scores, mask);
      const attend = (probabilities: Tensor): Tensor => {
        const y = matmul(probabilities, v, { compute: attrs.compute });
        // A mask of a wider type makes wider scores, never a wider result.
        return y.dtype === q.dtype ? y : cast(y, q.dtype);
      };
      if (sinks === undefined) return [attend(softmax(scores, 3))];
      const withSinks = cat(
        [scores, expand(reshape(sinks, [1, heads, 1, 1]), [batch, heads, queries, 1])],
        3,
      );
      return [attend(narrow(softmax(withSinks, 3), 3, 0, keys))];
    },
    flops: ({ q, k }) => 4 * sizeOf(q.shape) * sizesOf(k, 4)[2],
    castRule: 'compute',
    samples: [
      {
        inputs: [
          { shape: [2, 4, 3, 5] },
          { shape: [2, 2, 3, 5] },
          { shape: [2, 2, 3, 5] },
          null,
          null,
        ],
        attrs: { ...ATTRS, causal: true },
      },
      {
        inputs: [
          { shape: [1, 2, 3, 4] },
          { shape: [1, 2, 5, 4] },
          { shape: [1, 2, 5, 4] },
          { shape: [3, 5] },
          { shape: [2] },
        ],
        attrs: { ...ATTRS, softcap: 2 },
      },
      {
        inputs: [
          { shape: [1, 2, 2, 4] },
          { shape: [1, 1, 3, 4] },
          { shape: [1, 1, 3, 4] },
          { shape: [2, 3], dtype: 'bool', values: [1, 0, 1, 1, 1, 0] },
          null,
        ],
        attrs: ATTRS,
      },
      {
        inputs: [
          { shape: [1, 1, 2, 4], dtype: 'bf16' },
          { shape: [1, 1, 3, 4], dtype: 'bf16' },
          { shape: [1, 1, 3, 4], dtype: 'bf16' },
          { shape: [2, 3] },
          null,
        ],
        attrs: ATTRS,
      },
    ],
  });
