// Kernels that follow indices, order elements or copy parts, on larger operands than the
// conformance suite has, against the definitions in core: meeting indices, several chunks, in
// place, operands in reversed memory, indices that point outside; the same bits for any number of
// threads.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  builtinOps,
  roundHostTensor,
  sizeOf,
  type Attributes,
  type DType,
  type HostTensor,
  type OpDefinition,
  type OpName,
} from '@automodel/core';
import { randomNumbers, sampleTensor } from '@automodel/testing';
import { NativePool } from '../../src/native-pool.js';
import { callKernel, rowMajor, type KernelCall, type Operand } from '../support/call-kernel.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

interface Case {
  readonly op: OpName;
  /** Whole numbers lie between `least` (0) and `most`. */
  readonly inputs: readonly (readonly [
    shape: readonly number[],
    dtype?: DType,
    most?: number,
    least?: number,
  ])[];
  readonly attrs: Attributes;
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
}

const CASES: Readonly<Record<string, Case>> = {
  'gather of many': {
    op: 'gather',
    inputs: [[[40, 300]], [[37, 900], 'i64', 299]],
    attrs: { dim: 1 },
    ints: [1],
  },
  'gather along the first dimension': {
    op: 'gather',
    inputs: [
      [[300, 40], 'bf16'],
      [[900, 40], 'i32', 299],
    ],
    attrs: { dim: 0 },
    ints: [0],
  },
  'scatter with meeting indices': {
    op: 'scatter',
    inputs: [
      [[40, 30], 'bf16'],
      [[40, 90], 'i64', 29],
      [[40, 90], 'bf16'],
    ],
    attrs: { dim: 1 },
    ints: [1],
  },
  'scatter_add of f32': {
    op: 'scatter_add',
    inputs: [[[300, 70]], [[500, 70], 'i64', 299], [[500, 70]]],
    attrs: { dim: 0 },
    ints: [0],
  },
  'scatter_add of bf16 rounds once': {
    op: 'scatter_add',
    inputs: [
      [[5, 70], 'bf16'],
      [[900, 70], 'i64', 4],
      [[900, 70], 'bf16'],
    ],
    attrs: { dim: 0 },
    ints: [0],
  },
  'scatter_add of f16 rounds once': {
    op: 'scatter_add',
    inputs: [
      [[5, 7], 'f16'],
      [[5, 300], 'i32', 6],
      [[5, 300], 'f16'],
    ],
    attrs: { dim: 1 },
    ints: [1],
  },
  'scatter_add in one line': {
    op: 'scatter_add',
    inputs: [
      [[50], 'i64', 99],
      [[900], 'i64', 49],
      [[900], 'i64', 99],
    ],
    attrs: { dim: 0 },
    ints: [0],
  },
  'rows by index': {
    op: 'index',
    inputs: [
      [[90, 700], 'bf16'],
      [[60], 'i64', 89, -90],
    ],
    attrs: { dims: [0] },
    ints: [0],
  },
  'two dimensions by index': {
    op: 'index',
    inputs: [[[30, 4, 20, 5]], [[7, 1], 'i64', 29], [[600], 'i64', 3, -4]],
    attrs: { dims: [0, 1] },
    ints: [0, 1],
  },
  'dimensions apart': {
    op: 'index',
    inputs: [[[6, 30, 4, 20]], [[7, 1], 'i64', 29], [[5], 'i32', 19]],
    attrs: { dims: [1, 3] },
    ints: [1, 3],
  },
  'dimensions in reverse': {
    op: 'index',
    inputs: [
      [[30, 4, 20, 5], 'f64'],
      [[7, 1], 'i64', 19],
      [[6], 'i32', 3],
    ],
    attrs: { dims: [2, 1] },
    ints: [2, 1],
  },
  'no index': { op: 'index', inputs: [[[30, 4]], [[0], 'i64']], attrs: { dims: [0] }, ints: [0] },
  'index_put of rows': {
    op: 'index_put',
    inputs: [[[30, 700]], [[700]], [[12], 'i64', 29, -30]],
    attrs: { dims: [0], accumulate: false },
    ints: [0, 0],
  },
  'index_put adds': {
    op: 'index_put',
    inputs: [[[30, 20, 8]], [[90, 8]], [[90], 'i64', 29], [[90], 'i64', 19]],
    attrs: { dims: [0, 1], accumulate: true },
    ints: [1, 0, 1],
  },
  'index_put adds apart': {
    op: 'index_put',
    inputs: [
      [[30, 8, 20], 'bf16'],
      [[90, 1], 'bf16'],
      [[90], 'i64', 2],
      [[90], 'i64', 3],
    ],
    attrs: { dims: [0, 2], accumulate: true },
    ints: [1, 0, 2],
  },
  'index_put of bool adds': {
    op: 'index_put',
    inputs: [
      [[30], 'bool', 1],
      [[90], 'bool', 1],
      [[90], 'i64', 29],
    ],
    attrs: { dims: [0], accumulate: true },
    ints: [1, 0],
  },
  'index_put of no values': {
    op: 'index_put',
    inputs: [[[30, 2]], [[0, 2]], [[0], 'i64']],
    attrs: { dims: [0], accumulate: true },
    ints: [1, 0],
  },
  'index_add of rows': {
    op: 'index_add',
    inputs: [[[50, 576]], [[130], 'i64', 49, -50], [[130, 576]]],
    attrs: { dim: 0 },
    ints: [0],
  },
  'index_add of bf16 columns rounds once': {
    op: 'index_add',
    inputs: [
      [[40, 5], 'bf16'],
      [[330], 'i32', 4],
      [[40, 330], 'bf16'],
    ],
    attrs: { dim: 1 },
    ints: [1],
  },
  'index_add wraps': {
    op: 'index_add',
    inputs: [
      [[4], 'i32', 2 ** 31 - 1, 2 ** 31 - 9],
      [[20], 'i32', 3],
      [[20], 'i32', 2 ** 31 - 1, 2 ** 31 - 9],
    ],
    attrs: { dim: 0 },
    ints: [0],
  },
  'index_copy of planes': {
    op: 'index_copy',
    inputs: [
      [[4, 9, 70], 'f16'],
      [[30], 'i64', 8],
      [[4, 30, 70], 'f16'],
    ],
    attrs: { dim: 1 },
    ints: [1],
  },
  'masked_scatter over chunks': {
    op: 'masked_scatter',
    inputs: [[[300, 200]], [[300, 200], 'bool', 1], [[60_000]]],
    attrs: {},
  },
  'masked_scatter of rows': {
    op: 'masked_scatter',
    inputs: [
      [[300, 200], 'bf16'],
      [[300, 1], 'bool', 1],
      [[300, 200], 'bf16'],
    ],
    attrs: {},
  },
  'argsort of a long line': {
    op: 'argsort',
    inputs: [[[2, 3000]]],
    attrs: { dim: 1, descending: false },
    ints: [1, 0],
  },
  'argsort with many equals': {
    op: 'argsort',
    inputs: [[[700, 3], 'i64', 9, -9]],
    attrs: { dim: 0, descending: true },
    ints: [0, 1],
  },
  'argsort of f64': {
    op: 'argsort',
    inputs: [[[700], 'f64']],
    attrs: { dim: 0, descending: true },
    ints: [0, 1],
  },
  'topk of experts': {
    op: 'topk_idx',
    inputs: [[[300, 128], 'bf16']],
    attrs: { k: 8, dim: -1, largest: true },
    ints: [1, 1],
  },
  'topk of few with many equals': {
    op: 'topk_idx',
    inputs: [[[100, 3], 'i32', 9]],
    attrs: { k: 20, dim: 0, largest: false },
    ints: [0, 0],
  },
  'topk of most': {
    op: 'topk_idx',
    inputs: [[[100, 3], 'i32', 9]],
    attrs: { k: 90, dim: 0, largest: false },
    ints: [0, 0],
  },
  'topk of none': {
    op: 'topk_idx',
    inputs: [[[10, 3]]],
    attrs: { k: 0, dim: 1, largest: true },
    ints: [1, 1],
  },
  'tril of many': {
    op: 'tril',
    inputs: [[[3, 200, 130], 'bf16']],
    attrs: { diagonal: 17 },
    ints: [17],
  },
  'triu of many': {
    op: 'triu',
    inputs: [[[3, 130, 200], 'i64', 99]],
    attrs: { diagonal: -140 },
    ints: [-140],
  },
  'flip of many': {
    op: 'flip',
    inputs: [[[60, 70, 30], 'bf16']],
    attrs: { dims: [0, -1] },
    ints: [0, 2],
  },
  'flip of the middle': {
    op: 'flip',
    inputs: [[[60, 70, 30], 'f64']],
    attrs: { dims: [1] },
    ints: [1],
  },
  'pad of many': {
    op: 'pad',
    inputs: [[[60, 70, 30], 'f16']],
    attrs: { pad: [3, -5, 0, 2, -9, 4], value: -1.5 },
    ints: [-9, 4, 0, 2, 3, -5],
    floats: [-1.5],
  },
  'pad to nothing': {
    op: 'pad',
    inputs: [[[6, 3]]],
    attrs: { pad: [0, 0, -2, -4], value: 1 },
    ints: [-2, -4, 0, 0],
    floats: [1],
  },
  'slice_scatter of many': {
    op: 'slice_scatter',
    inputs: [[[60, 70, 30]], [[20, 70, 12]]],
    attrs: { start: [2, 0, 5], end: [60, 70, 29], step: [3, 1, 2] },
    ints: [2, 0, 5, 3, 1, 2],
  },
  'arange over chunks': {
    op: 'arange',
    inputs: [],
    attrs: { start: -7, step: 3, count: 40_000, dtype: 'i64' },
    ints: [-7, 3],
  },
  'arange of f32': {
    op: 'arange',
    inputs: [],
    attrs: { start: 0.1, step: 0.3, count: 1000, dtype: 'f32' },
    floats: [0.1, 0.3],
  },
};

/** The same elements in memory that holds the dimensions in reverse. */
function reversed(tensor: Operand): Operand {
  const strides = rowMajor(tensor.shape.toReversed()).toReversed();
  const values = Array.from(tensor.values!);
  Array.from(tensor.values!).forEach((value, i) => {
    let [rest, at] = [i, 0];
    for (let d = tensor.shape.length - 1; d >= 0; d--) {
      at += (rest % tensor.shape[d]!) * strides[d]!;
      rest = Math.floor(rest / tensor.shape[d]!);
    }
    values[at] = value;
  });
  return { ...tensor, strides, values };
}

function build(c: Case): { call: KernelCall; expected: number[]; op: OpDefinition } {
  const op: OpDefinition = builtinOps[c.op];
  const random = randomNumbers(5);
  const inputs = c.inputs.map(([shape, dtype = 'f32', most = 0, least = 0]): HostTensor =>
    sampleTensor(
      { shape, dtype, ...(most === 0 && least === 0 ? {} : { range: [least, most] }) },
      random,
    ),
  );
  const types = op.infer(inputs, c.attrs);
  const wanted = roundHostTensor(op.reference!(inputs, c.attrs, types)[0]);
  const operands = inputs.map(({ shape, dtype, data }): Operand => ({
    shape,
    dtype,
    values: data,
  }));
  const call: KernelCall = {
    kernel: c.op,
    inputs: operands,
    outputs: [types[0]],
    ints: c.ints ?? [],
    floats: c.floats ?? [],
  };
  return { call, expected: Array.from(wanted.data as ArrayLike<number | bigint>, Number), op };
}

/**
 * Sums in f32 may differ from the definition's in f64 by their rounding; everything else is exact.
 */
function expectSame(
  got: readonly number[],
  expected: readonly number[],
  dtype: DType,
  adds: boolean,
): void {
  const unit = { f32: 1e-6, bf16: 2 ** -8, f16: 2 ** -11 }[dtype as 'f32'];
  if (!adds || unit === undefined) return expect(got).toEqual(expected);
  expect(got.length).toBe(expected.length);
  expect(
    got.filter(
      (x, i) => !(Math.abs(x - expected[i]!) <= unit * Math.max(1, Math.abs(expected[i]!))),
    ),
  ).toEqual([]);
}

describeInstructionSets('indexing on %s', (set) => {
  let one: NativePool;
  let three: NativePool;
  beforeAll(() => {
    one = new NativePool(1, set);
    three = new NativePool(3, set);
  });
  afterAll(() => {
    one.close();
    three.close();
  });

  it.each(Object.keys(CASES))('%s', async (name) => {
    const { call, expected, op } = build(CASES[name]!);
    const [first] = await callKernel(three, call);
    expectSame(first!, expected, call.outputs[0]!.dtype, name.includes('add'));
    expect(await callKernel(one, call)).toEqual([first]);
    if (op.overwrites !== undefined)
      expect(
        await callKernel(three, { ...call, outputs: [{ ...call.outputs[0]!, alias: 'in0' }] }),
      ).toEqual([first]);
    if (op.name !== 'masked_scatter')
      expect(
        await callKernel(three, {
          ...call,
          inputs: call.inputs.map((operand) => reversed(operand!)),
        }),
      ).toEqual([first]);
  });

  it('orders NaN above numbers and takes zeros of both signs as equal', async () => {
    const x: Operand = {
      dtype: 'f32',
      shape: [7],
      values: [0, NaN, -0, -Infinity, Infinity, NaN, -1],
    };
    const order = async (
      kernel: string,
      count: number,
      ints: readonly number[],
    ): Promise<unknown> =>
      callKernel(one, { kernel, inputs: [x], outputs: [{ dtype: 'i64', shape: [count] }], ints });
    expect(await order('argsort', 7, [0, 0])).toEqual([[3, 6, 0, 2, 4, 1, 5]]);
    expect(await order('argsort', 7, [0, 1])).toEqual([[1, 5, 4, 0, 2, 6, 3]]);
    expect(await order('topk_idx', 3, [0, 1])).toEqual([[1, 5, 4]]);
  });

  it('reads and writes nothing outside', async () => {
    const x: Operand = { dtype: 'f32', shape: [3], values: [1, 2, 3] };
    const index: Operand = { dtype: 'i64', shape: [4], values: [3, 1, -4, 2 ** 40] };
    const src: Operand = { dtype: 'f32', shape: [4], values: [10, 20, 30, 40] };
    for (const kernel of ['gather', 'index'])
      expect(
        await callKernel(one, {
          kernel,
          inputs: [x, index],
          outputs: [{ dtype: 'f32', shape: [4] }],
          ints: [0],
        }),
      ).toEqual([[NaN, 2, NaN, NaN]]);
    for (const kernel of ['scatter', 'index_copy'])
      expect(
        await callKernel(one, {
          kernel,
          inputs: [x, index, src],
          outputs: [{ dtype: 'f32', shape: [3] }],
          ints: [0],
        }),
      ).toEqual([[1, 20, 3]]);
    for (const kernel of ['scatter_add', 'index_add'])
      expect(
        await callKernel(one, {
          kernel,
          inputs: [x, index, src],
          outputs: [{ dtype: 'f32', shape: [3] }],
          ints: [0],
        }),
      ).toEqual([[1, 22, 3]]);
  });

  it('keeps x where the source of masked_scatter ends', async () => {
    const x: Operand = { dtype: 'f32', shape: [4], values: [1, 2, 3, 4] };
    const mask: Operand = { dtype: 'bool', shape: [4], values: [1, 0, 1, 1] };
    expect(
      await callKernel(one, {
        kernel: 'masked_scatter',
        inputs: [x, mask, { dtype: 'f32', shape: [2], values: [8, 9] }],
        outputs: [{ dtype: 'f32', shape: [4] }],
      }),
    ).toEqual([[8, 2, 9, 4]]);
  });

  it.each([
    ['f32', 2.5],
    ['bf16', -0.75],
    ['f64', 0.1],
    ['bool', 1],
    ['i64', -(2 ** 40)],
    ['i32', 7],
  ] as const)('fill of %s', async (dtype, value) => {
    const shape = [70_001];
    const [y] = await callKernel(three, {
      kernel: 'fill',
      inputs: [],
      outputs: [{ dtype, shape }],
      ...(Number.isInteger(value) ? { ints: [value] } : { floats: [value] }),
    });
    expect(y!.length).toBe(sizeOf(shape));
    expect(y!.filter((x) => x !== value)).toEqual([]);
  });
});
