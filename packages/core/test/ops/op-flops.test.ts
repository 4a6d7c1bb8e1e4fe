// Floating-point operations of every op: products on shapes for which they were counted by hand,
// others on their samples. An op that is listed nowhere makes one operation for each element that
// it writes.
import { describe, expect, it } from 'vitest';
import type { Attributes, TensorType } from '../../src/index.js';
import { PRODUCTS, type Shape } from './product-counts.js';
import { allOps, sampleTypes } from './sample-types.js';

const size = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

const type = (shape: Shape | null): TensorType | undefined =>
  shape === null ? undefined : { shape, dtype: 'f32' };

/** Operations for each element of the first operand. */
const PER_ELEMENT: Readonly<Record<string, number>> = {
  gated_activation: 8,
  gated_activation_backward: 16,
  softmax: 5,
  log_softmax: 5,
  rms_norm: 4,
  rms_norm_backward: 10,
  layer_norm: 7,
  layer_norm_backward: 14,
  rope: 3,
  sample: 4,
  // Updates: of each parameter.
  adamw: 12,
  sgd: 6,
  gradient_accumulate: 2,
  squared_norm: 2,
  // Each element of the adjoint is added to a row.
  embedding_backward: 1,
  embedding_backward_accumulate: 1,
  // Reductions: each element goes into its result.
  all: 1,
  any: 1,
  logsumexp: 1,
  max: 1,
  mean: 1,
  min: 1,
  prod: 1,
  sum: 1,
};

/** Ops that only move elements. */
const NONE = [
  'all_gather broadcast cast cat concatenate constant copy embedding flip full gather index',
  'index_copy index_put masked_scatter pad scatter slice_scatter tril triu write_rows',
]
  .join(' ')
  .split(' ');

const sizeOfAll = (types: readonly TensorType[]): number =>
  types.reduce((sum, { shape }) => sum + size(shape), 0);

/** Operations by an attribute or by several operands. */
const OTHERS: Readonly<
  Record<string, (inputs: readonly TensorType[], attrs: Attributes) => number>
> = {
  // Each instruction of the program for each element, and one more where they are added up.
  fused_elementwise: (_, { program, shape }) =>
    (program as readonly string[]).length * size(shape as Shape),
  fused_reduction: (_, { program, shape }) =>
    ((program as readonly string[]).length + 1) * size(shape as Shape),
  // Of the elements of two ranks one is added to the other.
  all_reduce: (inputs) => sizeOfAll(inputs),
  reduce_scatter: (inputs) => sizeOfAll(inputs),
  // keep * state + gradient: two operations for each pair.
  gradient_accumulate_many: ([, ...pairs]) => sizeOfAll(pairs),
  // As adamw and sgd for each parameter: of its 4 tensors, and of its 3, or 2 without momentum.
  adamw_many: ([, , , , , , ...lists]) => (12 * sizeOfAll(lists)) / 4,
  sgd_many: ([, , , , ...lists], { momentum }) =>
    (6 * sizeOfAll(lists)) / (momentum === 0 ? 2 : 3),
  squared_norm_many: (tensors) => 2 * sizeOfAll(tensors),
};

describe('operations', () => {
  it.each(PRODUCTS)('of %s on %j', (name, operands, outputs, attrs, flops) => {
    const written = outputs.map((shape) => type(shape));
    expect(allOps[name]!.cost(operands.map(type), written, attrs).flops).toBe(flops);
  });

  it.each(sampleTypes.filter(({ op }) => PRODUCTS.every(([name]) => name !== op.name)))(
    'of $title',
    ({ op, inputs, outputs, attrs }) => {
      const { flops } = op.cost(inputs, outputs, attrs);
      const written = outputs.reduce((sum, { shape }) => sum + size(shape), 0);
      const other = OTHERS[op.name];
      if (NONE.includes(op.name)) expect(flops).toBe(0);
      else if (other !== undefined)
        expect(flops).toBe(
          other(
            inputs.map((t) => t!),
            attrs,
          ),
        );
      else if (Object.hasOwn(PER_ELEMENT, op.name))
        expect(flops).toBe(PER_ELEMENT[op.name]! * size(inputs[0]!.shape));
      else expect(flops).toBe(written);
    },
  );

  const LOSS = { softcap: 0, compute: 'f32' } as const;

  it('of the fused loss are those of the products whose results are written', () => {
    const [x, weight, targets, scalar] = [[5, 8], [11, 8], [5], []].map(type);
    const product = 2 * 5 * 8 * 11;
    const written = (count: number, ...left: readonly number[]): (TensorType | undefined)[] =>
      [scalar, targets, x, weight]
        .slice(4 - count)
        .map((t, i) => (left.includes(i) ? undefined : t));
    const forward = allOps['linear_cross_entropy_with_gradient']!;
    const made = (...left: readonly number[]): number =>
      forward.cost([x, weight, targets, scalar], written(4, ...left), LOSS).flops;
    expect([made(3), made(2), made(2, 3), made(0, 1)]).toEqual([
      2 * product,
      2 * product,
      product,
      3 * product,
    ]);
    const accumulate = allOps['linear_cross_entropy_with_gradient_accumulate']!;
    expect(
      accumulate.cost([x, weight, targets, scalar, weight, scalar], written(4, 2), LOSS).flops,
    ).toBe(2 * product + 11 * 8);
    const backward = allOps['linear_cross_entropy_backward']!;
    const adjoints = (left: number): number =>
      backward.cost([scalar, x, weight, targets, scalar], written(2, left), LOSS).flops;
    expect([adjoints(0), adjoints(1)]).toEqual([2 * product, 2 * product]);
  });
});
