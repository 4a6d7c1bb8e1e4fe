// sgd of several parameters at once, as adamw_many. Without momentum there are no buffers.
import { exactly } from '../../list-length.js';
import { elementsOf } from '../support/default-cost.js';
import {
  defineOp,
  type OpDefinition,
  type OpSample,
  type SampleOperand,
} from '../support/define-op.js';
import { unreadOperand } from '../support/unread-operand.js';
import { sgd, sgdOp, type SgdAttributes } from './sgd.js';
import { byParameter, inLists, overwritesBehind } from './tensor-lists.js';

const SHAPES = [[5, 7], [], [3], [0], [300], [2, 33]] as const;

/** Scalars, then parameters, buffers where there is momentum, and gradients. */
const sample = (
  attrs: SgdAttributes,
  flag: number,
  gradients: readonly SampleOperand[],
): OpSample<SgdAttributes> => {
  const shapes = gradients.map(({ shape }) => ({ shape }));
  return {
    inputs: [
      ...[0.1, 0.01, 0.5, flag].map((value) => ({ shape: [], values: [value] })),
      ...shapes,
      ...(attrs.momentum === 0 ? [] : shapes),
      ...gradients,
    ],
    attrs,
    differentiable: [],
  };
};

/** Lists of operands: parameters, buffers where there is momentum, gradients. */
const listsOf = ({ momentum }: SgdAttributes): 2 | 3 => (momentum === 0 ? 2 : 3);

/** In the order of the outputs: all parameters, then all buffers. */
export const sgdManyOp: OpDefinition<SgdAttributes> = defineOp({
  name: 'sgd_many',
  summary: 'one step of stochastic gradient descent for several parameters',
  operands: ['learningRate', 'weightDecay', 'clipScale', 'flag', '...lists'],
  outputs: ['...lists'],
  infer: ({ lists, learningRate, weightDecay, clipScale, flag }, attrs) =>
    inLists(
      byParameter('sgd_many', lists, listsOf(attrs)).map((tensors) => {
        const [parameter, buffer, gradient] = inThree(tensors);
        const operands = [parameter, gradient, buffer, learningRate, weightDecay, clipScale, flag];
        return sgdOp.infer(operands, attrs).slice(0, tensors.length - 1);
      }),
    ),
  decompose: ({ lists, ...scalars }, attrs) =>
    inLists(
      byParameter('sgd_many', lists, listsOf(attrs)).map((tensors) => {
        const [parameter, buffer, gradient] = inThree(tensors);
        const [next, nextBuffer] = sgd(parameter, gradient, buffer, scalars, attrs);
        return nextBuffer === undefined ? [next] : [next, nextBuffer];
      }),
    ),
  flops: ({ lists }, _outputs, attrs) => (6 / listsOf(attrs)) * elementsOf(lists),
  castRule: 'follow',
  overwrites: overwritesBehind(4, 2),
  samples: [
    ...[
      { momentum: 0.9, nesterov: true },
      { momentum: 0.9, nesterov: false },
      { momentum: 0, nesterov: false },
    ].map((attrs) =>
      sample(
        attrs,
        1,
        SHAPES.map((shape) => ({ shape })),
      ),
    ),
    // A step that is not taken: its gradients are not finite.
    ...[0.9, 0].map((momentum) =>
      sample(
        { momentum, nesterov: false },
        0,
        SHAPES.map((shape) => unreadOperand(shape)),
      ),
    ),
  ],
});

/** The tensors of one parameter; without momentum it has no buffer. */
function inThree<T>(
  tensors: readonly T[],
): readonly [parameter: T, buffer: T | undefined, gradient: T] {
  if (tensors.length === 3) return exactly(tensors, 3);
  const [parameter, gradient] = exactly(tensors, 2);
  return [parameter, undefined, gradient];
}
