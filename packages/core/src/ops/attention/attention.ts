// Attention over packed documents: one op for training, prefill in chunks and decoding. The mask is
// data (segments) plus a window; grouped key/value heads are read in place.
// A query with no allowed key gives zeros. Fast kernels never hold [queries, keys] (flash
// attention, Dao 2023); the definition here is the plain softmax.

import { AutomodelError } from '../../error.js';
import { formatShape, formatType, sizesOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpSample, type OpDefinition } from '../support/define-op.js';
import { floatsOf, newFloats } from '../support/elements.js';
import { cut, replicated } from '../support/spread.js';
import { attentionBackwardOp } from './attention-backward.js';
import { areHeadsCut } from './head-spread.js';
import { readSegments, visibleKeys, visiblePairs } from './segments.js';

/** How scores are scaled, capped and masked. */
export type AttentionAttributes = {
  /** Multiplies the scores; usually 1/sqrt(head size). */
  readonly scale: number;
  /** Scores become softcap * tanh(score / softcap); 0: off. */
  readonly softcap: number;
  /** A query sees at most this many of the latest keys, its own included; 0: all. */
  readonly window: number;
  readonly causal: boolean;
};

/**
 * q[Tq,H,D], k[Tk,Hk,D], v[Tk,Hk,D], segments i32[S,4], sinks[H] or undefined -> [Tq,H,D] in the
 * dtype of q. H is a multiple of Hk.
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  segments: Tensor,
  attrs: AttentionAttributes,
  sinks?: Tensor,
): Tensor {
  return q.trace.apply(attentionOp, [q, k, v, segments, sinks], attrs)[0];
}

function score(
  q: Float64Array,
  query: number,
  k: Float64Array,
  key: number,
  width: number,
  attrs: AttentionAttributes,
): number {
  let dot = 0;
  for (let d = 0; d < width; d++) dot += q[query + d]! * k[key + d]!;
  return attrs.softcap > 0
    ? attrs.softcap * Math.tanh((dot * attrs.scale) / attrs.softcap)
    : dot * attrs.scale;
}

const ATTRS = { scale: 0.5, softcap: 0, window: 0, causal: true };
const qkv = (
  tq: number,
  tk: number,
  h: number,
  hk: number,
  d: number,
): OpSample<AttentionAttributes>['inputs'] => [
  { shape: [tq, h, d] },
  { shape: [tk, hk, d] },
  { shape: [tk, hk, d] },
];
const segments = (...rows: number[]): { shape: number[]; dtype: 'i32'; values: number[] } => ({
  shape: [rows.length / 4, 4],
  dtype: 'i32',
  values: rows,
});

export const attentionOp: OpDefinition<AttentionAttributes> = defineOp({
  name: 'attention',
  summary: 'softmax(scale * q k^T) v over packed documents',
  operands: ['q', 'k', 'v', 'segments', 'sinks?'],
  outputs: ['y', 'lse'],
  infer({ q, k, v, segments }) {
    const fits =
      [q, k, v].every((t) => t.shape.length === 3 && t.shape[2] === q.shape[2]) &&
      k.shape.join() === v.shape.join() &&
      q.shape[1]! % k.shape[1]! === 0 &&
      segments.shape.length === 2 &&
      segments.shape[1] === 4 &&
      segments.dtype === 'i32';
    if (!fits)
      throw new AutomodelError(
        'bad-shape',
        `attention: q ${formatShape(q.shape)}, k ${formatShape(k.shape)}, v ` +
          `${formatShape(v.shape)} and segments ${formatType(segments)} do not fit together`,
      );
    const [tokens, heads] = sizesOf(q, 3);
    return [q, { shape: [heads, tokens], dtype: 'f32' }];
  },
  /** [output, logsumexp of the scores [H,Tq]] (0 where a query sees no key). */
  reference({ q, k, v, segments, sinks }, attrs, types) {
    const [tokens, heads, width] = sizesOf(q, 3);
    const keyHeads = sizesOf(k, 3)[1];
    const [queries, keys, values] = [floatsOf(q), floatsOf(k), floatsOf(v)];
    const [out, lse] = [newFloats(types.y), newFloats(types.lse)];
    for (const segment of readSegments(segments))
      for (let h = 0; h < heads; h++)
        for (let i = 0; i < segment.queryLength; i++) {
          const [from, to] = visibleKeys(segment, i, attrs.causal, attrs.window);
          if (from >= to) continue;
          const query = ((segment.queryStart + i) * heads + h) * width;
          const keyAt = (j: number): number =>
            ((segment.keyStart + j) * keyHeads + Math.floor((h * keyHeads) / heads)) * width;
          const scores: number[] = [];
          for (let j = from; j < to; j++)
            scores.push(score(queries, query, keys, keyAt(j), width, attrs));
          const sink = sinks === undefined ? undefined : floatsOf(sinks)[h];
          const top = scores.reduce((a, b) => Math.max(a, b), sink ?? -Infinity);
          const total = scores.reduce(
            (a, s) => a + Math.exp(s - top),
            sink === undefined ? 0 : Math.exp(sink - top),
          );
          lse[h * tokens + segment.queryStart + i] = top + Math.log(total);
          scores.forEach((s, j) => {
            const p = Math.exp(s - top) / total;
            for (let d = 0; d < width; d++) out[query + d]! += p * values[keyAt(from + j) + d]!;
          });
        }
    return [
      { ...types.y, data: out },
      { ...types.lse, data: lse },
    ];
  },
  gradient({
    operands: { q, k, v, segments, sinks },
    outputs: { y, lse },
    gradients: { y: dy },
    attrs,
  }) {
    const [dq, dk, dv, dsinks] = q.trace.apply(
      attentionBackwardOp,
      [dy, q, k, v, y, lse, segments, sinks],
      attrs,
    );
    return { q: dq, k: dk, v: dv, sinks: dsinks };
  },
  flops: ({ q, k, segments }, _outputs, attrs) =>
    4 * visiblePairs(q, k, segments, attrs) * sizesOf(q, 3)[2],
  spread: ({ segments, sinks, ...heads }, _attrs, { refuse }) => {
    const cutHeads = areHeadsCut({ segments }, heads, { sinks }, refuse);
    return cutHeads ? [cut(1), cut(0)] : [replicated, replicated];
  },
  castRule: 'compute',
  samples: [
    { inputs: [...qkv(9, 9, 4, 2, 8), segments(0, 4, 0, 4, 4, 3, 4, 3, 0, 0, 0, 0)], attrs: ATTRS },
    { inputs: [...qkv(12, 12, 2, 1, 5), segments(0, 12, 0, 12)], attrs: { ...ATTRS, window: 3 } },
    { inputs: [...qkv(7, 7, 3, 3, 16), segments(0, 7, 0, 7)], attrs: { ...ATTRS, softcap: 2 } },
    { inputs: [...qkv(3, 10, 2, 2, 8), segments(0, 2, 0, 6, 2, 1, 6, 4)], attrs: ATTRS },
    { inputs: [...qkv(5, 5, 2, 1, 8), segments(0, 5, 0, 5)], attrs: { ...ATTRS, causal: false } },
    {
      inputs: [...qkv(6, 6, 4, 2, 8), segments(0, 6, 0, 6), { shape: [4] }],
      attrs: { ...ATTRS, window: 4 },
    },
  ],
});
