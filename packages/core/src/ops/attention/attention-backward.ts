// Adjoints of attention from the saved output and logsumexp: probabilities are recomputed, never
// stored (flash attention's backward, Dao 2023).
import { allocateHostData, type HostTensor } from '../../tensor/host-tensor.js';
import type { TensorType } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/shape.js';
import { defineOp, type OpDefinition, type OpSample } from '../define-op.js';
import type { AttentionAttributes } from './attention.js';
import { readSegments, visibleKeys, visiblePairs, type Segment } from './segments.js';

interface Arrays {
  readonly dout: Float64Array;
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  readonly out: Float64Array;
  readonly lse: Float64Array;
  readonly sinks: Float64Array | undefined;
  readonly tokens: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly width: number;
}

function infer(inputs: readonly (TensorType | undefined)[]): TensorType[] {
  const like = (t: TensorType): TensorType => ({ shape: t.shape, dtype: t.dtype });
  return [
    like(inputs[1]!),
    like(inputs[2]!),
    like(inputs[3]!),
    inputs[7] === undefined ? { shape: [0], dtype: 'f32' } : like(inputs[7]),
  ];
}

function reference(
  inputs: readonly (HostTensor | undefined)[],
  attrs: AttentionAttributes,
  outputs: readonly TensorType[],
): HostTensor[] {
  const at = (i: number): Float64Array => inputs[i]!.data as Float64Array;
  const [tokens, heads, width] = inputs[1]!.shape as [number, number, number];
  const arrays: Arrays = {
    dout: at(0),
    q: at(1),
    k: at(2),
    v: at(3),
    out: at(4),
    lse: at(5),
    sinks: inputs[7]?.data as Float64Array | undefined,
    tokens,
    heads,
    keyHeads: inputs[2]!.shape[1]!,
    width,
  };
  const results = outputs.map((t) => allocateHostData(t.dtype, sizeOf(t.shape)) as Float64Array);
  for (const segment of readSegments(inputs[6]!))
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < segment.queryLength; i++)
        queryAdjoints(arrays, segment, h, i, attrs, results);
  return outputs.map((type, i) => ({ ...type, data: results[i]! }));
}

/** Adds what query i of head h contributes to dq, dk, dv and dsinks. */
function queryAdjoints(
  a: Arrays,
  segment: Segment,
  h: number,
  i: number,
  attrs: AttentionAttributes,
  [dq, dk, dv, dsinks]: readonly Float64Array[],
): void {
  const row = segment.queryStart + i;
  const query = (row * a.heads + h) * a.width;
  const [from, to] = visibleKeys(segment, i, attrs.causal, attrs.window);
  if (from >= to) return;
  let delta = 0;
  for (let d = 0; d < a.width; d++) delta += a.dout[query + d]! * a.out[query + d]!;
  const lse = a.lse[h * a.tokens + row]!;
  for (let j = from; j < to; j++) {
    const key =
      ((segment.keyStart + j) * a.keyHeads + Math.floor((h * a.keyHeads) / a.heads)) * a.width;
    let dot = 0;
    let dp = 0;
    for (let d = 0; d < a.width; d++) {
      dot += a.q[query + d]! * a.k[key + d]!;
      dp += a.dout[query + d]! * a.v[key + d]!;
    }
    const raw = dot * attrs.scale;
    const capped = attrs.softcap > 0 ? attrs.softcap * Math.tanh(raw / attrs.softcap) : raw;
    const p = Math.exp(capped - lse);
    const slope = attrs.softcap > 0 ? 1 - (capped / attrs.softcap) ** 2 : 1;
    const ds = p * (dp - delta) * slope * attrs.scale;
    for (let d = 0; d < a.width; d++) {
      dq![query + d]! += ds * a.k[key + d]!;
      dk![key + d]! += ds * a.q[query + d]!;
      dv![key + d]! += p * a.dout[query + d]!;
    }
  }
  if (a.sinks !== undefined) dsinks![h]! -= Math.exp(a.sinks[h]! - lse) * delta;
}

/** Any output and logsumexp: the formula holds for all, saved ones are covered by attention. */
const sample = (
  [queries, keys, heads, keyHeads, width]: readonly [number, number, number, number, number],
  rows: readonly number[],
  attrs: Partial<AttentionAttributes>,
  sinks = false,
): OpSample<AttentionAttributes> => {
  const [query, key] = [
    [queries, heads, width],
    [keys, keyHeads, width],
  ] as const;
  return {
    inputs: [
      ...[query, query, key, key, query].map((shape) => ({ shape })),
      { shape: [heads, queries], range: [1, 2] },
      { shape: [rows.length / 4, 4], dtype: 'i32', values: rows },
      sinks ? { shape: [heads] } : null,
    ],
    attrs: { scale: 0.5, softcap: 0, window: 0, causal: true, ...attrs },
    differentiable: [],
  };
};
const SAMPLES = [
  sample([9, 9, 4, 2, 8], [0, 4, 0, 4, 4, 3, 4, 3, 0, 0, 0, 0], {}),
  sample([12, 12, 2, 1, 5], [0, 12, 0, 12], { window: 3, softcap: 2 }),
  sample([3, 10, 2, 2, 8], [0, 2, 0, 6, 2, 1, 6, 4], { causal: false }, true),
];

/**
 * gradient, q, k, v, output, logsumexp, segments, sinks or undefined -> [dq, dk, dv, dsinks[H]]
 * (dsinks is [0] without sinks).
 */
export const attentionBackwardOp: OpDefinition<AttentionAttributes> = defineOp<AttentionAttributes>(
  {
    name: 'attention_backward',
    summary: 'adjoints of q, k, v and sinks of attention',
    infer,
    reference,
    cost: (inputs, _outputs, attrs) => ({
      flops: 10 * visiblePairs(inputs[1]!, inputs[2]!, inputs[6]!, attrs) * inputs[1]!.shape[2]!,
      bytes: 4 * (5 * sizeOf(inputs[1]!.shape) + 4 * sizeOf(inputs[2]!.shape)),
    }),
    precision: 'compute',
    samples: SAMPLES,
  },
);
