// Kernels that follow indices, order elements or copy parts, on larger operands than the
// conformance suite has, against the definitions in core: meeting indices, several chunks, in
// place, operands in reversed memory, indices that point outside; the same bits for any number of
// threads.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  builtinOps,
  roundHostTensor,
  sizeOf,
  type DType,
  type HostTensor,
  type OpDefinition,
} from '@automodel/core';
import { randomNumbers, sampleTensor } from '@automodel/testing';
import { NativePool } from '../../src/native-pool.js';
import { callKernel, rowMajor, type KernelCall, type Operand } from '../support/call-kernel.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';
import { INDEX_CASES } from './index-cases.js';
import type { KernelCase } from './kernel-case.js';
import { ORDER_CASES } from './order-cases.js';

const CASES = { ...INDEX_CASES, ...ORDER_CASES };

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

function build(c: KernelCase): { call: KernelCall; expected: number[]; op: OpDefinition } {
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
    if (op.overwrites.length > 0)
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
