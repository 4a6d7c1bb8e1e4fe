// What operands become before an op sees them: PyTorch's promotion, host numbers, and methods that
// are the functions.
import {
  add,
  AutomodelError,
  arange,
  cast,
  clamp,
  constant,
  div,
  eq,
  exp,
  full,
  maximum,
  mul,
  printGraph,
  sum,
  trace,
  where,
  zeros,
  type DType,
  type Tensor,
} from '@automodel/core';
import { expect, test } from 'vitest';

const dtypeOf = (body: () => Tensor): DType => {
  let result: DType | undefined;
  trace('promotion', () => {
    result = body().dtype;
  });
  return result!;
};

test('a number is a float, a bigint an int, and neither widens a tensor of its category', () => {
  expect(dtypeOf(() => add(zeros([2], 'bf16'), 1.5))).toBe('bf16');
  expect(dtypeOf(() => add(zeros([2], 'i32'), 1n))).toBe('i32');
  expect(dtypeOf(() => add(zeros([2], 'i64'), 1))).toBe('f32');
  expect(dtypeOf(() => add(zeros([2], 'bool'), true))).toBe('bool');
  expect(dtypeOf(() => add(zeros([2], 'bool'), 1n))).toBe('i64');
});

test('a 0-dimensional tensor widens only across categories', () => {
  expect(dtypeOf(() => mul(zeros([2], 'bf16'), zeros([], 'f32')))).toBe('bf16');
  expect(dtypeOf(() => mul(zeros([2], 'i64'), zeros([], 'bf16')))).toBe('bf16');
  expect(dtypeOf(() => mul(zeros([2], 'bf16'), zeros([1], 'f16')))).toBe('f32');
});

test('true division, means of integers and functions of real numbers leave the integers', () => {
  expect(dtypeOf(() => div(zeros([2], 'i64'), 2n))).toBe('f32');
  expect(dtypeOf(() => exp(zeros([2], 'i32')))).toBe('f32');
  expect(dtypeOf(() => sum(zeros([2], 'bool')))).toBe('i64');
  expect(dtypeOf(() => clamp(zeros([2], 'i64'), 0, 1))).toBe('i64');
  expect(dtypeOf(() => clamp(zeros([2], 'i64'), 0.5, null))).toBe('f32');
  expect(dtypeOf(() => where(zeros([2], 'bool'), 1n, 0n))).toBe('i64');
});

test('casts are nodes, numbers are constants, and no node sees two dtypes', () => {
  const graph = trace('casts', (t) => {
    const x = t.input('batch', 'x', [2, 3], 'bf16');
    const weight = t.input('parameter', 'weight', [3], 'f32');
    t.output('y', mul(add(x, 1), weight));
  });
  expect(printGraph(graph)).toMatchInlineSnapshot(`
    "graph casts
      parameter weight: f32[3]
      batch x: bf16[2,3]
      %2: bf16[] = constant() {shape: [], dtype: "bf16", data: [1]}
      %3: bf16[2,3] = add(x, %2)
      %4: f32[2,3] = cast(%3) {to: "f32"}
      %5: f32[2,3] = mul(%4, weight)
      output y = %5"
  `);
});

test('methods are the functions', () => {
  const written = trace('same', (t) => {
    const x = t.input('batch', 'x', [2, 3], 'f32');
    t.output(
      'y',
      x
        .add(1)
        .softmax(-1)
        .to('bf16')
        .reshape([3, -1])
        .transpose(0, 1)
        .unsqueeze(0)
        .maskedFill(x.eq(x).reshape([2, 3]), 0),
    );
  });
  expect(printGraph(written)).toMatchInlineSnapshot(`
    "graph same
      batch x: f32[2,3]
      %1: f32[] = constant() {shape: [], dtype: "f32", data: [1]}
      %2: f32[2,3] = add(x, %1)
      %3: f32[2,3] = softmax(%2) {dim: 1}
      %4: bf16[2,3] = cast(%3) {to: "bf16"}
      %5: bf16[3,2] = reshape(%4) {shape: [3,2]}
      %6: bf16[2,3] = permute(%5) {dims: [1,0]}
      %7: bf16[1,2,3] = reshape(%6) {shape: [1,2,3]}
      %8: bool[2,3] = eq(x, x)
      %9: bf16[] = constant() {shape: [], dtype: "bf16", data: [0]}
      %10: bf16[1,2,3] = where(%8, %9, %7)
      output y = %10"
  `);
});

test('operands without meaning are refused by name', () => {
  const refuses = (body: () => Tensor, message: string): void =>
    expect(() => trace('t', body)).toThrow(new AutomodelError('bad-argument', message));
  refuses(() => add(1, 2), 'add: at least one operand must be a tensor');
  refuses(
    () => where(full([2], 1, 'f32'), 1, 0),
    'where takes a bool condition and two operands of one dtype, not f32, f32 and f32',
  );
  refuses(() => eq(1n, 2n), 'eq: at least one operand must be a tensor');
});

test('shape errors name the op, the shapes and the scope', () => {
  expect(() =>
    trace('t', (t) =>
      t.within('model.layers.3', () => maximum(zeros([2, 3], 'f32'), zeros([4], 'f32'))),
    ),
  ).toThrow('maximum: shapes [2,3] and [4] cannot be broadcast together, in model.layers.3');
  expect(() => trace('t', () => zeros([2, 3], 'f32').matmul(zeros([2, 3], 'f32')))).toThrow(
    'matmul: [2,3] times [2,3]: inner sizes 3 and 2 differ',
  );
  expect(() => trace('t', () => arange(0, 5).reshape([2, 3]))).toThrow(
    'reshape: [5] does not fill [2,3]',
  );
  expect(() => trace('t', () => constant([1, 2, 3], [2], 'f32'))).toThrow(
    '3 values do not fill shape [2]',
  );
  expect(() => trace('t', () => cast(zeros([2], 'f32'), 'i64').softmax(3))).toThrow(
    'softmax: dimension 3 does not exist in a tensor of 1 dimensions',
  );
});
