// attention and its backward against their definitions in core: grouped heads, packed documents,
// windows, caps, sinks, caches, odd widths, slices of one buffer, every storage type.
import { expect, it } from 'vitest';
import {
  attentionBackwardOp,
  attentionOp,
  type AttentionAttributes,
  type DType,
  type HostTensor,
} from '@automodel/core';
import { bothPools, firstDifference, random, relativeError } from '../support/both-pools.js';
import { rounded, type Operand } from '../support/call-kernel.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';
import { ATTENTION_CASES, type AttentionCase } from './attention-cases.js';

/** The expected outputs of an op's definition, on the same numbers. */
const host = (operand: Operand): HostTensor => ({
  shape: operand.shape,
  dtype: 'f64',
  data: Float64Array.from(operand.values as number[]),
});

/** q, k and v as slices of one row of [q | k | v | 3 more]. */
function slices(c: AttentionCase, dtype: DType): { qkv: Operand[]; strided: Operand[] } {
  const keys = c.keys ?? c.tokens;
  const shapes = [
    [c.tokens, c.heads[0], c.width],
    [keys, c.heads[1], c.width],
    [keys, c.heads[1], c.width],
  ] as const;
  const qkv = shapes.map((shape, i) => random(dtype, shape, i + 1, 2));
  const strided = qkv.map(({ shape, values }): Operand => {
    const [rows, heads, width] = shape as [number, number, number];
    const stride = heads * width + 3;
    const spread = new Array<number>(rows * stride).fill(NaN);
    values.forEach(
      (v, i) => (spread[Math.floor(i / (heads * width)) * stride + (i % (heads * width))] = v),
    );
    return { dtype, shape, strides: [stride, width, 1], values: spread };
  });
  return { qkv, strided };
}

interface Problem {
  readonly attrs: AttentionAttributes;
  readonly strided: readonly Operand[];
  readonly qkv: readonly Operand[];
  readonly segments: Operand;
  readonly sinks: Operand | null;
  readonly gradient: Operand;
  /** Output and logsumexp, and the operands that the backward kernel saves of them. */
  readonly forward: readonly (readonly number[])[];
  readonly saved: readonly Operand[];
  readonly backward: readonly ArrayLike<number>[];
}

/** A case with what the definitions in core make of it. */
function solve(c: AttentionCase, dtype: DType): Problem {
  const attrs: AttentionAttributes = {
    scale: 1.3 / Math.sqrt(c.width),
    softcap: 0,
    window: 0,
    causal: true,
    ...c.attrs,
  };
  const { qkv, strided } = slices(c, dtype);
  const segments: Operand = {
    dtype: 'i32',
    shape: [c.segments.length, 4],
    values: c.segments.flat(),
  };
  const sinks = c.sinks === true ? random('f32', [c.heads[0]], 9) : null;
  const lse: Operand = { dtype: 'f32', shape: [c.heads[0], c.tokens] };
  const segmentsHost: HostTensor = {
    shape: segments.shape,
    dtype: 'i32',
    data: Int32Array.from(c.segments.flat()),
  };
  const like = (t: Operand | null): { shape: readonly number[]; dtype: 'f64' } => ({
    shape: t === null ? [0] : t.shape,
    dtype: 'f64',
  });
  const sinksHost = sinks === null ? undefined : host(sinks);
  const forward = attentionOp.reference!([...qkv.map(host), segmentsHost, sinksHost], attrs, [
    like(qkv[0]!),
    like(lse),
  ]).map((t) => Array.from(t.data, Number));
  const gradient = random(dtype, qkv[0]!.shape, 7);
  const saved: Operand[] = [
    { dtype, shape: qkv[0]!.shape, values: forward[0]!.map((v) => rounded(v, dtype)) },
    { ...lse, values: forward[1]! },
  ];
  const backward = attentionBackwardOp.reference!(
    [host(gradient), ...qkv.map(host), ...saved.map(host), segmentsHost, sinksHost],
    attrs,
    [...qkv.map(like), like(sinks)],
  ).map((t) => t.data as Float64Array);
  return { attrs, strided, qkv, segments, sinks, gradient, forward, saved, backward };
}

const problems = Object.entries(ATTENTION_CASES).flatMap(([name, c]) =>
  (['f32', 'bf16', 'f16'] as const).map((dtype) => ({
    name: `${name}, ${dtype}`,
    dtype,
    problem: solve(c, dtype),
  })),
);

// bf16 and f16 products of rounded weights lose what their storage does; the sums themselves are
// f32.
const LIMITS = { f32: 3e-6, bf16: 1.2e-2, f16: 2e-3 };

describeInstructionSets('attention on %s', (set) => {
  const run = bothPools(set);
  it.each(problems)(
    '$name',
    async ({
      dtype,
      problem: { attrs, strided, qkv, segments, sinks, gradient, forward, saved, backward },
    }) => {
      const [ints, floats] = [
        [attrs.window, Number(attrs.causal)],
        [attrs.scale, attrs.softcap],
      ];
      const like = ({ dtype: type, shape }: Operand): Operand => ({ dtype: type, shape });
      const got = await run({
        kernel: 'attention',
        inputs: [...strided, segments, sinks],
        outputs: saved.map(like),
        ints,
        floats,
      });
      forward.forEach((expected, i) =>
        expect(relativeError(got[i]!, expected)).toBeLessThan(LIMITS[dtype]),
      );
      const outputs = [...qkv, ...(sinks === null ? [] : [sinks])];
      const adjoints = await run({
        kernel: 'attention_backward',
        inputs: [gradient, ...strided, ...saved, segments, sinks],
        outputs: outputs.map(like),
        ints,
        floats,
      });
      outputs.forEach((_, i) =>
        expect(relativeError(adjoints[i]!, backward[i]!)).toBeLessThan(LIMITS[dtype]),
      );
    },
  );

  it('keeps NaN of one document out of the next', async () => {
    const [tokens, first] = [49, 40];
    const shapes = [
      [tokens, 2, 16],
      [tokens, 1, 16],
      [tokens, 1, 16],
      [tokens, 2, 16],
    ] as const;
    const segments: Operand = { dtype: 'i32', shape: [2, 4], values: [0, 40, 0, 40, 40, 9, 40, 9] };
    const lse = random('f32', [2, tokens], 9);
    /** Results of the second document, forward and backward. */
    const second = async (bad: boolean): Promise<(readonly number[])[]> => {
      const operand = (i: 0 | 1 | 2 | 3): Operand => {
        const shape = shapes[i];
        const made = random('f32', shape, i + 1);
        const width = shape[1] * shape[2];
        const isBad = (at: number): boolean => bad && at >= 9 * width && at < first * width;
        return { ...made, values: made.values.map((x, at) => (isBad(at) ? NaN : x)) };
      };
      const [q, k, v, gradient] = [operand(0), operand(1), operand(2), operand(3)];
      const options = { ints: [0, 1], floats: [0.25, 0] };
      const out = { dtype: 'f32', shape: q.shape } as const;
      const forward = await run({
        kernel: 'attention',
        inputs: [q, k, v, segments, null],
        outputs: [out],
        ...options,
      });
      const backward = await run({
        kernel: 'attention_backward',
        inputs: [gradient, q, k, v, gradient, lse, segments, null],
        outputs: [q, k, v].map(({ shape }) => ({ dtype: 'f32', shape })),
        ...options,
      });
      return [...forward, ...backward].map((list) => list!.slice((list!.length / tokens) * first));
    };
    const [finite, beside] = [await second(false), await second(true)];
    expect(finite.flat().every(Number.isFinite)).toBe(true);
    finite.forEach((list, i) => expect(firstDifference(list, beside[i]!), `result ${i}`).toBe(-1));
  });
});
