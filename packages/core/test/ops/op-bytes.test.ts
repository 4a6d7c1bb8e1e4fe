// Bytes that ops move: every operand read once and every written result written once, each in its
// own dtype. The few ops that touch less are listed with what they touch.
import { describe, expect, it } from 'vitest';
import { builtinOps, trace, zeros, type DType, type TensorType } from '../../src/index.js';
import { costOf } from '../../src/ops/support/default-cost.js';
import { allOps, sampleTypes, type SampleTypes } from './sample-types.js';

type Types = readonly (TensorType | undefined)[];

const WIDTH: Readonly<Record<DType, number>> = {
  bool: 1,
  f16: 2,
  bf16: 2,
  i32: 4,
  f32: 4,
  i64: 8,
  f64: 8,
};

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const bytesOf = (types: Types): number =>
  types.reduce((sum, t) => sum + (t === undefined ? 0 : size(t.shape) * WIDTH[t.dtype]), 0);
const everything = (inputs: Types, outputs: Types): number => bytesOf(inputs) + bytesOf(outputs);

/** The elements of `like`, as `from` stores them. */
const stored = (like: TensorType, from: TensorType): number => size(like.shape) * WIDTH[from.dtype];

/** A list whose entries are all there. */
const all = (types: Types): readonly TensorType[] => types.map((t) => t!);

/** Ops that touch less than everything, and what they touch. */
const PARTIAL: Readonly<Record<string, (inputs: Types, outputs: Types) => number>> = {
  // What is constant is in memory before the run.
  constant: () => 0,
  // Of a table only what the positions name is read.
  embedding: (inputs, outputs) => {
    const [[table, ids], [y]] = [all(inputs), all(outputs)];
    return bytesOf([ids, y]) + stored(y!, table!);
  },
  gather: (inputs, outputs) => {
    const [[x, index], [y]] = [all(inputs), all(outputs)];
    return bytesOf([index, y]) + stored(y!, x!);
  },
  index: (inputs, outputs) => {
    const [[x, ...indices], [y]] = [all(inputs), all(outputs)];
    return bytesOf([...indices, y]) + stored(y!, x!);
  },
  // Of a table that is updated in place only the rows that get something are touched.
  embedding_backward_accumulate: (inputs, outputs) => {
    const [[dy, ids, , keep], [dweight]] = [all(inputs), all(outputs)];
    return bytesOf([dy, ids, keep]) + 2 * stored(dy!, dweight!);
  },
  write_rows: (inputs) => bytesOf([inputs[1], inputs[1], inputs[2]]),
  // What negative margins cut off is not read: 4 of 5 columns, and 1 of 3 elements.
  pad: (inputs, outputs) => {
    const [[x], [y]] = [all(inputs), all(outputs)];
    const kept: Readonly<Record<string, number>> = { '2,5': 8, '3': 1 };
    return (kept[x!.shape.join()] ?? size(x!.shape)) * WIDTH[x!.dtype] + bytesOf([y]);
  },
};

const expected = (op: string, inputs: Types, outputs: Types): number =>
  (PARTIAL[op] ?? everything)(inputs, outputs);

const narrow = <T extends TensorType | undefined>(type: T): T =>
  type?.dtype === 'f32' ? { ...type, dtype: 'bf16' } : type;

const bytes = ({ op, attrs }: SampleTypes, inputs: Types, outputs: Types): number =>
  op.cost(inputs, outputs, attrs).bytes;

describe('bytes', () => {
  it.each(sampleTypes)('of $title are those of what it touches', (sample) => {
    const { op, inputs, outputs } = sample;
    expect(bytes(sample, inputs, outputs)).toBe(expected(op.name, inputs, outputs));
    const [reduced, results] = [inputs.map(narrow), outputs.map(narrow)];
    expect(bytes(sample, reduced, results)).toBe(expected(op.name, reduced, results));
  });

  it('halve where everything is bf16 instead of f32', () => {
    const samples = sampleTypes.filter(({ inputs, outputs }) =>
      [...inputs, ...outputs].every((t) => t === undefined || t.dtype === 'f32'),
    );
    expect(samples.length).toBeGreaterThan(150);
    for (const sample of samples)
      expect(
        bytes(sample, sample.inputs.map(narrow), sample.outputs.map(narrow)),
        sample.title,
      ).toBe(bytes(sample, sample.inputs, sample.outputs) / 2);
  });

  it('are less than everything for the listed ops alone', () => {
    const less = sampleTypes.filter(
      (sample) =>
        bytes(sample, sample.inputs, sample.outputs) !== everything(sample.inputs, sample.outputs),
    );
    expect([...new Set(less.map(({ op }) => op.name))].sort()).toEqual(
      Object.keys(PARTIAL).toSorted(),
    );
  });

  it('leave out results that are not written', () => {
    for (const { title, op, inputs, outputs, attrs } of sampleTypes.filter(
      (sample) => sample.outputs.length > 1,
    ))
      outputs.forEach((left, i) => {
        const written = outputs.map((type, j) => (i === j ? undefined : type));
        expect(op.cost(inputs, written, attrs).bytes, title).toBe(
          everything(inputs, outputs) - bytesOf([left]),
        );
      });
  });

  it('are none where nothing is written', () => {
    for (const { title, op, inputs, outputs, attrs } of sampleTypes)
      expect(
        op.cost(
          inputs,
          outputs.map(() => undefined),
          attrs,
        ),
        title,
      ).toEqual({ flops: 0, bytes: 0 });
  });
});

it('views cost nothing', () => {
  const views = Object.values(allOps).filter((op) => op.view === true);
  expect(views.map((op) => op.name).sort()).toEqual(['expand', 'permute', 'reshape', 'slice']);
  const graph = trace('program', (t) => {
    const x = zeros([2, 3], 'f32');
    t.output('y', t.apply(builtinOps.permute, [x], { dims: [1, 0] })[0]);
  });
  expect(graph.nodes.map((node) => costOf(node))).toEqual([
    { flops: 0, bytes: 24 },
    { flops: 0, bytes: 0 },
  ]);
});
