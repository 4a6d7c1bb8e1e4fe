// Attention over packed documents: one op for training, prefill in chunks and decoding. The mask is
// data (segments) plus a window; grouped key/value heads are read in place.
// A query with no allowed key gives zeros. Fast kernels never hold [queries, keys] (flash
// attention, Dao 2023); the definition here is the plain softmax.
import type { TensorType } from '../../graph/graph.js';
import { AutomodelError } from '../../error.js';
import { allocateHostData, type HostTensor } from '../../tensor/host-tensor.js';
import { formatShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type GradientContext, type OpSample, type OpDefinition } from '../define-op.js';
import { attentionBackwardOp } from './attention-backward.js';
import { readSegments, visibleKeys, visiblePairs } from './segments.js';

export type AttentionAttributes = {
  /** Multiplies the scores; usually 1/sqrt(head size). */
  readonly scale: number;
  /** Scores become softcap * tanh(score / softcap); 0: off. */
  readonly softcap: number;
  /** A query sees this many latest keys, itself included; 0: all. */
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
  return q.trace.apply(attentionOp, [q, k, v, segments, sinks], attrs)[0]!;
}

function infer(inputs: readonly (TensorType | undefined)[]): TensorType[] {
  const [q, k, v, segments] = [inputs[0]!, inputs[1]!, inputs[2]!, inputs[3]!];
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
        `${formatShape(v.shape)} and segments ${segments.dtype}${formatShape(segments.shape)} do ` +
        'not fit together',
    );
  return [
    { shape: q.shape, dtype: q.dtype },
    { shape: [q.shape[1]!, q.shape[0]!], dtype: 'f32' },
  ];
}

/** [output, logsumexp of the scores [H,Tq]] (0 where a query sees no key). */
function reference(
  inputs: readonly (HostTensor | undefined)[],
  attrs: AttentionAttributes,
  outputs: readonly TensorType[],
): HostTensor[] {
  const [q, k, v] = inputs.map((t) => t?.data as Float64Array) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const sinks = inputs[4]?.data as Float64Array | undefined;
  const [heads, width, keyHeads] = [
    inputs[0]!.shape[1]!,
    inputs[0]!.shape[2]!,
    inputs[1]!.shape[1]!,
  ];
  const [out, lse] = outputs.map(
    (t) => allocateHostData(t.dtype, sizeOf(t.shape)) as Float64Array,
  ) as [Float64Array, Float64Array];
  const tokens = inputs[0]!.shape[0]!;
  for (const segment of readSegments(inputs[3]!))
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < segment.queryLength; i++) {
        const [from, to] = visibleKeys(segment, i, attrs.causal, attrs.window);
        if (from >= to) continue;
        const query = ((segment.queryStart + i) * heads + h) * width;
        const keyAt = (j: number): number =>
          ((segment.keyStart + j) * keyHeads + Math.floor((h * keyHeads) / heads)) * width;
        const scores: number[] = [];
        for (let j = from; j < to; j++) scores.push(score(q, query, k, keyAt(j), width, attrs));
        const sink = sinks?.[h];
        const top = scores.reduce((a, b) => Math.max(a, b), sink ?? -Infinity);
        const total = scores.reduce(
          (a, s) => a + Math.exp(s - top),
          sink === undefined ? 0 : Math.exp(sink - top),
        );
        lse[h * tokens + segment.queryStart + i] = top + Math.log(total);
        scores.forEach((s, j) => {
          const p = Math.exp(s - top) / total;
          for (let d = 0; d < width; d++) out[query + d]! += p * v[keyAt(from + j) + d]!;
        });
      }
  return [
    { ...outputs[0]!, data: out },
    { ...outputs[1]!, data: lse },
  ];
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

function gradient({
  inputs,
  outputs,
  gradients,
  needs,
  attrs,
}: GradientContext<AttentionAttributes>): (Tensor | undefined)[] {
  const [q, k, v, segments, sinks] = inputs;
  const results = gradients[0]!.trace.apply(
    attentionBackwardOp,
    [gradients[0], q, k, v, outputs[0], outputs[1], segments, sinks],
    attrs,
  );
  return [0, 1, 2, 3, 4].map((i) =>
    needs[i] !== true || i === 3 ? undefined : results[i === 4 ? 3 : i],
  );
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

export const attentionOp: OpDefinition<AttentionAttributes> = defineOp<AttentionAttributes>({
  name: 'attention',
  summary: 'softmax(scale * q k^T) v over packed documents',
  infer,
  reference,
  gradient,
  cost: (inputs, _outputs, attrs) => ({
    flops: 4 * visiblePairs(inputs[0]!, inputs[1]!, inputs[3]!, attrs) * inputs[0]!.shape[2]!,
    bytes: 4 * (2 * sizeOf(inputs[0]!.shape) + 2 * sizeOf(inputs[1]!.shape)),
  }),
  precision: 'compute',
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
