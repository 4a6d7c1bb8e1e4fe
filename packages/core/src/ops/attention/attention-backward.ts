// Adjoints of attention from the saved output and logsumexp: probabilities are recomputed, never
// stored (flash attention's backward, Dao 2023).
import { sizesOf } from '../../tensor/shape.js';
import { defineOp, type OpDefinition, type OpSample } from '../support/define-op.js';
import { floatsOf, newFloats } from '../support/elements.js';
import type { AttentionAttributes } from './attention.js';
import { cut, replicated } from '../support/spread.js';
import { areHeadsCut } from './head-spread.js';
import { readSegments, visibleKeys, visiblePairs, type Segment } from './segments.js';

interface Arrays {
  readonly dy: Float64Array;
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  readonly y: Float64Array;
  readonly lse: Float64Array;
  readonly sinks: Float64Array | undefined;
  readonly tokens: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly width: number;
}

interface Adjoints {
  readonly dq: Float64Array;
  readonly dk: Float64Array;
  readonly dv: Float64Array;
  readonly dsinks: Float64Array;
}

/** Adds what query i of head h contributes to dq, dk, dv and dsinks. */
function queryAdjoints(
  a: Arrays,
  segment: Segment,
  h: number,
  i: number,
  attrs: AttentionAttributes,
  { dq, dk, dv, dsinks }: Adjoints,
): void {
  const row = segment.queryStart + i;
  const query = (row * a.heads + h) * a.width;
  const [from, to] = visibleKeys(segment, i, attrs.causal, attrs.window);
  if (from >= to) return;
  let delta = 0;
  for (let d = 0; d < a.width; d++) delta += a.dy[query + d]! * a.y[query + d]!;
  const lse = a.lse[h * a.tokens + row]!;
  for (let j = from; j < to; j++) {
    const key =
      ((segment.keyStart + j) * a.keyHeads + Math.floor((h * a.keyHeads) / a.heads)) * a.width;
    let dot = 0;
    let dp = 0;
    for (let d = 0; d < a.width; d++) {
      dot += a.q[query + d]! * a.k[key + d]!;
      dp += a.dy[query + d]! * a.v[key + d]!;
    }
    const raw = dot * attrs.scale;
    const capped = attrs.softcap > 0 ? attrs.softcap * Math.tanh(raw / attrs.softcap) : raw;
    const p = Math.exp(capped - lse);
    const slope = attrs.softcap > 0 ? 1 - (capped / attrs.softcap) ** 2 : 1;
    const ds = p * (dp - delta) * slope * attrs.scale;
    for (let d = 0; d < a.width; d++) {
      dq[query + d]! += ds * a.k[key + d]!;
      dk[key + d]! += ds * a.q[query + d]!;
      dv[key + d]! += p * a.dy[query + d]!;
    }
  }
  if (a.sinks !== undefined) dsinks[h]! -= Math.exp(a.sinks[h]! - lse) * delta;
}

/**
 * Any output and logsumexp: the formula holds for all of them, and those that attention saves are
 * covered by its own samples.
 */
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
 * The adjoints of attention; `y` and `lse` are its results. dsinks[H] is [0] without sinks.
 */
export const attentionBackwardOp: OpDefinition<AttentionAttributes> = defineOp({
  name: 'attention_backward',
  summary: 'adjoints of q, k, v and sinks of attention',
  operands: ['dy', 'q', 'k', 'v', 'y', 'lse', 'segments', 'sinks?'],
  outputs: ['dq', 'dk', 'dv', 'dsinks'],
  infer({ q, k, v, sinks }) {
    return [q, k, v, sinks ?? { shape: [0], dtype: 'f32' }];
  },
  reference(operands, attrs, types) {
    const { q, k, sinks } = operands;
    const [tokens, heads, width] = sizesOf(q, 3);
    const arrays: Arrays = {
      dy: floatsOf(operands.dy),
      q: floatsOf(q),
      k: floatsOf(k),
      v: floatsOf(operands.v),
      y: floatsOf(operands.y),
      lse: floatsOf(operands.lse),
      sinks: sinks === undefined ? undefined : floatsOf(sinks),
      tokens,
      heads,
      keyHeads: sizesOf(k, 3)[1],
      width,
    };
    const adjoints: Adjoints = {
      dq: newFloats(types.dq),
      dk: newFloats(types.dk),
      dv: newFloats(types.dv),
      dsinks: newFloats(types.dsinks),
    };
    for (const segment of readSegments(operands.segments))
      for (let h = 0; h < heads; h++)
        for (let i = 0; i < segment.queryLength; i++)
          queryAdjoints(arrays, segment, h, i, attrs, adjoints);
    return [
      { ...types.dq, data: adjoints.dq },
      { ...types.dk, data: adjoints.dk },
      { ...types.dv, data: adjoints.dv },
      { ...types.dsinks, data: adjoints.dsinks },
    ];
  },
  flops: ({ q, k, segments }, _outputs, attrs) =>
    10 * visiblePairs(q, k, segments, attrs) * sizesOf(q, 3)[2],
  spread: ({ segments, sinks, lse, ...heads }, _attrs, { refuse }) => {
    if (!areHeadsCut({ segments }, heads, { sinks, lse }, refuse))
      return [replicated, replicated, replicated, replicated];
    return [cut(1), cut(1), cut(1), sinks === undefined ? replicated : cut(0)];
  },
  castRule: 'compute',
  samples: SAMPLES,
});
