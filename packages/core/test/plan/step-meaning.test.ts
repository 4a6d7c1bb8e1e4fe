// What a step's operands and attributes mean, as every backend is told: operands by role,
// dimensions counted from the first, chains in two types of registers.
import { describe, expect, it } from 'vitest';
import {
  acceptsView,
  AutomodelError,
  clampBounds,
  dimensionAttribute,
  dimensionsAttribute,
  embeddingGradientOperands,
  lossOperands,
  lossResults,
  numberAttribute,
  numbersAttribute,
  padMargins,
  productOperands,
  progressionOf,
  reducedDimensions,
  typedChain,
  typedReduction,
  type ChainValue,
  type TypedChain,
} from '@automodel/core';

describe('attributes', () => {
  it('counts dimensions from the first', () => {
    expect(dimensionAttribute({ dim: -1 }, 3)).toBe(2);
    expect(dimensionAttribute({ dim: -1 }, 0)).toBe(0);
    expect(dimensionsAttribute({ dims: [-1, 0] }, 3)).toEqual([2, 0]);
    expect(() => dimensionAttribute({ dim: 3 }, 3)).toThrow(/dimension 3 does not exist/);
  });

  it('writes out which dimensions are reduced', () => {
    expect(reducedDimensions({ dims: [-1, 0] }, 3)).toEqual([0, 2]);
    expect(reducedDimensions({ dims: [] }, 3)).toEqual([0, 1, 2]);
    expect(reducedDimensions({ dim: null }, 2)).toEqual([0, 1]);
    expect(reducedDimensions({ dim: -2 }, 2)).toEqual([0]);
    expect(reducedDimensions({ dims: [] }, 0)).toEqual([]);
  });

  it('lists the margins of pad from the first dimension on', () => {
    expect(padMargins({ pad: [1, 2, -3, 4] }, 3)).toEqual([
      { before: 0, after: 0 },
      { before: -3, after: 4 },
      { before: 1, after: 2 },
    ]);
  });

  it('opens the bounds of clamp to infinity', () => {
    expect(clampBounds({ min: null, max: 2 })).toEqual({ min: -Infinity, max: 2 });
  });

  it('counts in whole numbers where start, step and dtype are whole', () => {
    const steps = { start: 0, step: 2 };
    expect(progressionOf({ ...steps, dtype: 'i64' }).whole).toBe(true);
    expect(progressionOf({ ...steps, dtype: 'f32' }).whole).toBe(false);
    expect(progressionOf({ start: 0.5, step: 2, dtype: 'i32' }).whole).toBe(false);
  });

  it('refuses attributes of another kind, by name', () => {
    expect(() => numberAttribute({ eps: 'small' }, 'eps')).toThrow(
      'attribute eps must be a number, not small',
    );
    expect(() => numbersAttribute({}, 'dims')).toThrow(/attribute dims must be a list of numbers/);
  });
});

describe('operands', () => {
  const operand = (name: string) => ({ name, shape: [2, 3, 4], strides: [12, 4, 1] });
  const [x, weight, bias, accumulator, keep] = ['x', 'weight', 'bias', 'accumulator', 'keep'].map(
    operand,
  );
  const operands = [x!, weight!, bias!, accumulator!, keep!];

  it('sees the weight of a linear map as its transpose', () => {
    const product = productOperands('linear', [x!, weight!, null]);
    expect(product.b).toEqual({ name: 'weight', shape: [2, 4, 3], strides: [12, 1, 4] });
    expect(product).toMatchObject({ a: x, bias: null, accumulator: null, keep: null });
  });

  it('gives every product op the same roles', () => {
    expect(productOperands('linear_accumulate', operands)).toMatchObject({
      bias,
      accumulator,
      keep,
      summed: null,
    });
    expect(productOperands('matmul', [x!, weight!])).toMatchObject({ a: x, b: weight });
    const [rows, state] = ['rows', 'state'].map(operand);
    expect(
      productOperands('matmul_accumulate_with_sum', [
        x!,
        weight!,
        accumulator!,
        keep!,
        rows!,
        state!,
      ]),
    ).toMatchObject({ a: x, b: weight, bias: null, accumulator, keep, summed: { rows, state } });
  });

  it('gives every fused loss the same roles', () => {
    const named = ['gradient', 'x', 'weight', 'targets', 'scale'];
    expect(lossOperands('linear_cross_entropy_backward', named)).toEqual({
      x: 'x',
      weight: 'weight',
      targets: 'targets',
      scale: 'scale',
      accumulator: null,
      keep: null,
      gradient: 'gradient',
    });
    expect(lossResults('linear_cross_entropy_backward', ['dx', null])).toEqual({
      loss: null,
      tokenLosses: null,
      xGradient: 'dx',
      weightGradient: null,
    });
    expect(lossResults('linear_cross_entropy', ['loss', 'nll'])).toMatchObject({
      loss: 'loss',
      tokenLosses: 'nll',
      xGradient: null,
    });
    expect(
      lossOperands('linear_cross_entropy_with_gradient_accumulate', [
        ...named.slice(1),
        'accumulator',
        'keep',
      ]),
    ).toMatchObject({ accumulator: 'accumulator', keep: 'keep', gradient: null });
  });

  it('names an absent operand and an op of another family', () => {
    expect(() => productOperands('matmul', [x!, null])).toThrow('matmul: operand 1 (b) is absent');
    expect(() => productOperands('add', operands)).toThrow('add is not a product of matrices');
    expect(() => lossOperands('add', operands)).toThrow('add is not a fused loss');
    expect(() => embeddingGradientOperands('embedding_backward_accumulate', ['dy', 'ids'])).toThrow(
      'embedding_backward_accumulate: operand 2 (accumulator) is absent',
    );
  });
});

describe('views', () => {
  it('holds strided operands to the word of the kernel', () => {
    expect(acceptsView('any', 3, [2, 3], [1, 2])).toBe(true);
    expect(acceptsView('dense-rows', 0, [2, 3], [1, 2])).toBe(false);
    expect(acceptsView('dense-rows', 0, [2, 3], [0, 1])).toBe(true);
    expect(acceptsView('dense-rows', 0, [2, 1], [1, 7])).toBe(true);
    expect(acceptsView('row-major', 0, [2, 3], [0, 1])).toBe(false);
    expect(acceptsView(['any'], 1, [2, 3], [1, 2])).toBe(false);
  });
});

/** One line a call: `result = function(args) parameters`; whole values are marked. */
function printChain({ calls, results }: TypedChain): string[] {
  const named = new Map<ChainValue, string>();
  const nameOf = (value: ChainValue): string =>
    (value.source.kind === 'call'
      ? (named.get(value) ?? 'unknown')
      : `${value.source.kind === 'operand' ? 'x' : 'c'}${value.source.index}`) +
    (value.whole ? 'i' : '');
  const lines = calls.map(({ function: name, args, result, approximate, parameters }, i) => {
    const words = args.map(nameOf).join(' ');
    named.set(result, `t${i}`);
    const extra = [...parameters, ...(approximate ? ['approximate'] : [])].join(' ');
    return `${nameOf(result)} = ${name}(${words})${extra === '' ? '' : ` ${extra}`}`;
  });
  return [...lines, `return ${results.map(nameOf).join(' ')}`];
}

describe('chains', () => {
  const type = (dtype: 'f32' | 'bf16' | 'i32' | 'i64' | 'bool') => ({ shape: [4], dtype });

  it('rounds after each op of a narrow dtype and wraps i32', () => {
    const program = ['mul x0 x0', 'add t0 x0', 'mul x1 x1'];
    expect(
      printChain(typedChain({ program, results: [1, 2], shape: [4] }, [type('bf16'), type('i32')])),
    ).toEqual([
      't0 = mul(x0 x0)',
      't1 = round_bf16(t0)',
      't2 = add(t1 x0)',
      't3 = round_bf16(t2)',
      't4i = mul(x1i x1i)',
      't5i = wrap(t4i)',
      'return t3 t5i',
    ]);
  });

  it('converts between the types where dtypes do, and computes bool as 0 and 1', () => {
    const program = [
      'gt x0 i64:3',
      'not t0',
      'where t1 x0 i64:-1',
      'cast t2 dtype=f32',
      'xor t0 t1',
    ];
    expect(printChain(typedChain({ program, results: [3, 4], shape: [4] }, [type('i64')]))).toEqual(
      [
        't0i = gt(x0i c0i)',
        't1 = to_float(t0i)',
        't2 = eq(t1 c1)',
        't3i = to_whole(t2)',
        't4i = where(t3i x0i c2i)',
        't5 = to_float(t4i)',
        't6 = ne(t1 t2)',
        'return t5 t6',
      ],
    );
  });

  it('copies an operand that is a result, and keeps parameters', () => {
    const program = ['cast x0 dtype=f32', 'clamp x0 min=0 max=null', 'gelu x0 approximate=tanh'];
    expect(
      printChain(typedChain({ program, results: [0, 1, 2], shape: [4] }, [type('f32')])),
    ).toEqual([
      't0 = clamp(x0) 0 Infinity',
      't1 = gelu(x0) approximate',
      't2 = maximum(x0 x0)',
      'return t2 t0 t1',
    ]);
  });

  it('shares literals of one value and tells -0 from 0', () => {
    const program = ['add x0 f32:0', 'add t0 f32:-0', 'add t1 f32:0'];
    expect(typedChain({ program, results: [2], shape: [4] }, [type('f32')]).literals).toEqual([
      { whole: false, value: 0 },
      { whole: false, value: -0 },
    ]);
  });

  it('refuses what bool cannot do', () => {
    const program = ['sub x0 x0'];
    let caught: unknown;
    try {
      typedChain({ program, results: [0], shape: [4] }, [type('bool')]);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(AutomodelError);
  });

  it('reduces the last instruction of a program', () => {
    const reduction = typedReduction(
      { program: ['mul x0 x0'], shape: [2, 3, 4], dims: [-1, 0], reduction: 'mean' },
      [{ shape: [3, 4], dtype: 'f32' }],
    );
    expect(reduction).toMatchObject({ mean: true, frame: [2, 3, 4], dims: [0, 2] });
    expect(printChain(reduction.chain)).toEqual(['t0 = mul(x0 x0)', 'return t0']);
  });
});
