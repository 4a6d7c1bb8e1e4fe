// Linear maps of one x: the projections of an attention layer, gate and up of an MLP. x is read and
// packed once for all of them.
import { AutomodelError } from '../../error.js';
import { mapNonEmpty, nonEmpty } from '../../list-length.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { MAX_JOINED } from './joined-products.js';
import { linear, linearFlops, linearOp, type LinearAttributes } from './linear.js';

/** `biased`: each weight has a bias. */
export type LinearManyAttributes = LinearAttributes & { readonly biased: boolean };

/** The weights of a list, each with its bias. */
function weightsOf<T>(
  parameters: readonly T[],
  { biased }: LinearManyAttributes,
): readonly { readonly weight: T; readonly bias: T | undefined }[] {
  const count = biased ? parameters.length / 2 : parameters.length;
  if (!Number.isInteger(count) || count === 0 || count > MAX_JOINED)
    throw new AutomodelError(
      'bad-argument',
      `linear_many takes x and up to ${MAX_JOINED} weights` +
        `${biased ? ', then as many biases' : ''}, not ${parameters.length} parameters`,
    );
  return parameters
    .slice(0, count)
    .map((weight, i) => ({ weight, bias: biased ? parameters[count + i] : undefined }));
}

/** x, weights, and where `biased` as many biases -> [x W^T + bias] of each. */
export const linearManyOp: OpDefinition<LinearManyAttributes> = defineOp({
  name: 'linear_many',
  summary: 'x W^T + bias, for several weights',
  operands: ['x', '...parameters'],
  outputs: ['...ys'],
  infer: ({ x, parameters }, attrs) =>
    weightsOf(parameters, attrs).flatMap(({ weight, bias }) =>
      linearOp.infer([x, weight, bias], attrs),
    ),
  decompose: ({ x, parameters }, attrs) =>
    mapNonEmpty(nonEmpty(weightsOf(parameters, attrs)), ({ weight, bias }) =>
      linear(x, weight, bias, attrs.compute),
    ),
  flops: ({ parameters }, { ys }, attrs) =>
    weightsOf(parameters, attrs).reduce((sum, { weight, bias }, i) => {
      const y = ys[i];
      return sum + (y === undefined ? 0 : linearFlops({ weight, bias }, { y }));
    }, 0),
  castRule: 'compute',
  samples: [
    {
      inputs: [{ shape: [2, 3, 5] }, { shape: [4, 5] }, { shape: [2, 5] }, { shape: [1, 5] }],
      attrs: { compute: 'f32', biased: false },
      differentiable: [],
    },
    {
      inputs: [
        { shape: [33, 40] },
        { shape: [17, 40] },
        { shape: [48, 40], dtype: 'bf16' },
        { shape: [17] },
        { shape: [48] },
      ],
      attrs: { compute: 'f32', biased: true },
      differentiable: [],
    },
    {
      inputs: [{ shape: [70, 20], dtype: 'bf16' }, { shape: [33, 20] }, { shape: [31, 20] }],
      attrs: { compute: 'bf16', biased: false },
      differentiable: [],
    },
  ],
});
