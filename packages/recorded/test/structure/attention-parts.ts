// Attention as recordings spell it: queries, keys and values, masks and scores of small batches.
import {
  and,
  arange,
  cast,
  expand,
  full,
  gt,
  le,
  linear,
  matmul,
  mul,
  permute,
  reshape,
  softmax,
  sub,
  where,
  type Tensor,
  type Trace,
} from '@automodel/core';
import { fused, inputs, operations } from './fused.js';
export const [B, S, H, D] = [2, 6, 4, 4];
export const { x, wq, wk, wv, wide, sinks, bias } = inputs({
  x: [B, S, 16],
  wq: [H * D, 16],
  wk: [H * D, 16],
  wv: [H * D, 16],
  wide: [2 * D, 16],
  sinks: [H],
  bias: [H, S, S],
});
export const LENGTHS = [6, 4];
export const MASK = LENGTHS.flatMap((length) =>
  Array.from({ length: S }, (_, k) => Number(k < length)),
);
export const MIN = -3.4028234663852886e38;

export const split = (v: Tensor, heads = H, width = D): Tensor =>
  permute(reshape(v, [B, S, heads, width]), [0, 2, 1, 3]);
export const q = (t: Trace): Tensor => split(linear(x(t), wq(t)));
export const k = (t: Trace): Tensor => split(linear(x(t), wk(t)));
export const v = (t: Trace): Tensor => split(linear(x(t), wv(t)));
export const turned = (y: Tensor): Tensor => permute(y, [0, 1, 3, 2]);
export const scores = (t: Trace): Tensor => mul(matmul(q(t), turned(k(t))), 0.5);
export const attended = (t: Trace, s: Tensor): Tensor => merged(t, matmul(softmax(s, -1), v(t)));
export const real = (t: Trace): Tensor =>
  cast(reshape(t.input('batch', 'attention_mask', [B * S], 'i32'), [B, S]), 'bool');
/** Only real queries count: what padding queries give is arbitrary. */
export const merged = (t: Trace, y: Tensor): Tensor =>
  mul(permute(y, [0, 2, 1, 3]), cast(reshape(real(t), [B, S, 1, 1]), 'f32'));

export const at = (t: Trace, shape: number[]): Tensor => reshape(arange(0, S, 1, 'i64', t), shape);
export const causal = (t: Trace): Tensor => le(at(t, [1, 1, 1, S]), at(t, [1, 1, S, 1]));
export const windowed = (t: Trace): Tensor =>
  and(causal(t), gt(at(t, [1, 1, 1, S]), sub(at(t, [1, 1, S, 1]), 3n)));
export const keys = (t: Trace): Tensor => reshape(real(t), [B, 1, 1, S]);
export const additive = (t: Trace, keep: Tensor): Tensor => where(keep, full([], 0, 'f32', t), MIN);

export const op = (attrs: object = {}): string => {
  const {
    scale,
    softcap,
    window,
    causal: only,
  } = { scale: 0.5, softcap: 0, window: 0, causal: true, ...attrs };
  return `attention{scale: ${scale}, softcap: ${softcap}, window: ${window}, causal: ${only}}`;
};
export const run = (build: (t: Trace) => Tensor): ReturnType<typeof fused> =>
  fused(build, { attentionMask: 'attention_mask' });
export const attentions = (result: ReturnType<typeof fused>): string[] =>
  operations(result.graph).filter((name) => !name.startsWith('linear'));

/** Heads of keys, each repeated for its group of queries. */
export const groups = (y: Tensor): Tensor =>
  reshape(expand(reshape(y, [B, 2, 1, S, D]), [B, 2, 2, S, D]), [B, H, S, D]);
export const narrowed = (t: Trace, y: (z: Tensor) => Tensor): Tensor =>
  y(split(linear(x(t), wide(t)), 2));
