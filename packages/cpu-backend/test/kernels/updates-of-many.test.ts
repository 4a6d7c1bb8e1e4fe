// Kernels over lists of tensors against those of single tensors: the same bits for each tensor,
// whatever the others in its list, and for sums of squares on every instruction set.
import type { DType } from '@automodel/core';
import { afterAll, expect, it } from 'vitest';
import { instructionSets, NativePool } from '../../src/native-pool.js';
import { bothPools, firstDifference, random, scalar } from '../support/both-pools.js';
import { callKernel, rounded, type Operand } from '../support/call-kernel.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

type Filled = Operand & { readonly values: number[] };

/** Sizes at the edges of vectors, blocks and chunks, in an order that cuts tensors anywhere. */
const SIZES = [1, 7, 0, 65_536, 17, 3, 513, 65_537, 0, 5];
const [SMALLEST, LARGEST] = [2 ** -149, 3e38];
const EXTREMES = [NaN, Infinity, -Infinity, SMALLEST, -SMALLEST, 1e-40, -0, LARGEST];

/** Tensors of these sizes, some with numbers that are no ordinary ones. */
const tensors = (dtype: DType, seed: number, scale = 1): Filled[] =>
  SIZES.map((size, k) => {
    const x = random(dtype, [size], 100 * seed + k, scale);
    if (k % 2 === 1)
      EXTREMES.forEach((value, i) => i < size && (x.values[size - 1 - i] = rounded(value, dtype)));
    return x;
  });

const squared = (list: readonly Filled[]): Filled[] =>
  list.map((x) => ({ ...x, values: x.values.map((v) => Math.fround(v * v)) }));

const over = ({ dtype, shape }: Operand, place: number): Operand => ({
  dtype,
  shape,
  alias: `in${place}`,
});

function expectSame(found: readonly (number[] | null)[], wanted: (number[] | null)[][]): void {
  const [parameters] = wanted;
  parameters!.forEach((_, list) =>
    wanted.forEach((of, k) =>
      expect(
        firstDifference(found[list * SIZES.length + k]!, of[list]!),
        `result ${list} of tensor ${k}`,
      ).toBe(-1),
    ),
  );
}

describeInstructionSets('kernels of many tensors on %s', (set) => {
  const run = bothPools(set);

  it.each([
    ['f32', 'f32', 1],
    ['bf16', 'f32', 1],
    ['bf16', 'bf16', 1],
    ['f32', 'f32', 0],
  ] as const)('adamw_many, parameters %s, states %s, flag %i', async (dtype, state, flag) => {
    const [p, g, m, v] = [
      tensors(dtype, 1),
      tensors(state, 2),
      tensors(state, 3, 0.1),
      squared(tensors(state, 4, 0.1)),
    ];
    const scalars = [1e-2, 0.1, 0.271, 0.143, 0.5, flag].map((x) => scalar(x));
    const floats = [0.9, 0.95, 1e-8];
    const single = (k: number): Promise<(number[] | null)[]> =>
      run({
        kernel: 'adamw',
        inputs: [p[k]!, g[k]!, m[k]!, v[k]!, ...scalars],
        outputs: [over(p[k]!, 0), over(m[k]!, 2), over(v[k]!, 3)],
        floats,
      });
    const replaced = [...p, ...m, ...v];
    const list = (inPlace: boolean): Promise<(number[] | null)[]> =>
      run({
        kernel: 'adamw_many',
        inputs: [...scalars, ...replaced, ...g],
        outputs: replaced.map((x, i) =>
          inPlace ? over(x, scalars.length + i) : { dtype: x.dtype, shape: x.shape },
        ),
        floats,
      });
    const wanted: (number[] | null)[][] = [];
    for (const k of SIZES.keys()) wanted.push(await single(k));
    expectSame(await list(true), wanted);
    if (dtype === 'f32') expectSame(await list(false), wanted);
  });

  it.each([
    [0.9, 0, 1],
    [0.9, 1, 1],
    [0, 0, 1],
    [0.9, 0, 0],
    [0, 0, 0],
  ])('sgd_many with momentum %f, nesterov %i, flag %i', async (momentum, nesterov, flag) => {
    const [p, g] = [tensors('bf16', 1), tensors('f32', 2)];
    const b = momentum === 0 ? [] : tensors('f32', 3);
    const scalars = [0.1, 0.01, 0.5, flag].map((x) => scalar(x));
    const attributes = { ints: [nesterov], floats: [momentum] };
    const wanted: (number[] | null)[][] = [];
    for (const k of SIZES.keys()) {
      const buffer = b[k] ?? null;
      const results = await run({
        kernel: 'sgd',
        inputs: [p[k]!, g[k]!, buffer, ...scalars],
        outputs: [over(p[k]!, 0), buffer && over(buffer, 2)],
        ...attributes,
      });
      wanted.push(momentum === 0 ? results.slice(0, 1) : results);
    }
    const replaced = [...p, ...b];
    const list = await run({
      kernel: 'sgd_many',
      inputs: [...scalars, ...replaced, ...g],
      outputs: replaced.map((x, i) => over(x, scalars.length + i)),
      ...attributes,
    });
    expectSame(list, wanted);
  });

  it.each(['f32', 'bf16', 'f16', 'f64'] as const)('squared_norm_many of %s', async (dtype) => {
    const list = [...tensors(dtype, 5), { ...random(dtype, [999], 6), shift: 2 }];
    const [norms] = await run({
      kernel: 'squared_norm_many',
      inputs: list,
      outputs: [{ dtype: 'f64', shape: [list.length] }],
    });
    for (const [k, x] of list.entries()) {
      const [norm] = await run({
        kernel: 'squared_norm',
        inputs: [x],
        outputs: [{ dtype: 'f64', shape: [] }],
      });
      expect(norms![k], `tensor ${k}`).toBe(norm![0]);
      expect(norms![k], `tensor ${k}`).toBe(sumOfSquares(x.values));
    }
  });
});

const inPieces = (x: readonly number[], length: number): readonly number[][] =>
  Array.from({ length: Math.ceil(x.length / length) }, (_, i) =>
    x.slice(i * length, (i + 1) * length),
  );

/** In the order that is promised: pieces of 65,536, blocks of 512, 16 sums, halves of halves. */
function sumOfSquares(x: readonly number[]): number {
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  const ofBlock = (block: readonly number[]): number => {
    let sums = new Array<number>(16).fill(0);
    block.forEach((v, i) => (sums[i % 16]! += v * v));
    for (let width = 8; width >= 1; width /= 2)
      sums = Array.from({ length: width }, (_, k) => sums[k]! + sums[k + width]!);
    return sums[0]!;
  };
  return sum(
    inPieces(x, 65_536).map((piece) => sum(inPieces(piece, 512).map((block) => ofBlock(block)))),
  );
}

const pool = new NativePool(2, instructionSets()[0]);
afterAll(() => pool.close());

it.each([
  ['adamw_many', [], [], 'takes the scalars, then parameters, both moments and gradients'],
  ['adamw_many', [0], [2], "operands must be dense floats of the parameter's shape"],
  ['adamw_many', [0], [3], 'results must look like their operands'],
] as const)('%s is refused: %j %j', async (kernel, parameters, wrong, complaint) => {
  const x: Operand = { dtype: 'f32', shape: [3], values: [1, 2, 3] };
  const of = (place: number): Operand =>
    (wrong as readonly number[]).includes(place) ? { dtype: 'f32', shape: [2], values: [1, 2] } : x;
  const call = callKernel(pool, {
    kernel,
    inputs: [
      ...[1, 1, 1, 1, 1, 1].map((value) => scalar(value)),
      ...parameters.flatMap(() => [x, x, of(2), x]),
    ],
    outputs: parameters.flatMap(() => [of(3), x, x].map(({ dtype, shape }) => ({ dtype, shape }))),
    floats: [0.9, 0.99, 1e-8],
  });
  await expect(call).rejects.toThrow(complaint);
});
