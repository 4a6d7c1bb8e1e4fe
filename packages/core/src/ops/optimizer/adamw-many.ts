// adamw of several parameters at once: a model has hundreds of them, many so small that starting a
// kernel for each costs more than its work.
import { exactly } from '../../list-length.js';
import { elementsOf } from '../support/default-cost.js';
import {
  defineOp,
  type OpDefinition,
  type OpSample,
  type SampleOperand,
} from '../support/define-op.js';
import { unreadOperand } from '../support/unread-operand.js';
import { adamw, adamwOp, type AdamWAttributes, type AdamWScalars } from './adamw.js';
import { byParameter, inLists, overwritesBehind } from './tensor-lists.js';

const SHAPES = [[5, 7], [], [3], [0], [300], [2, 33]] as const;
const ATTRIBUTES: AdamWAttributes = { beta1: 0.9, beta2: 0.999, eps: 1e-8 };

/** Scalars, then parameters, first moments, second moments and gradients. */
const sample = (flag: number, gradients: readonly SampleOperand[]): OpSample<AdamWAttributes> => {
  const shapes = gradients.map(({ shape }) => ({ shape }));
  return {
    inputs: [
      ...[0.01, 0.1, 0.271, 0.003, 0.5, flag].map((value) => ({ shape: [], values: [value] })),
      ...shapes,
      ...shapes,
      ...shapes.map((operand) => ({ ...operand, range: [0, 1] as const })),
      ...gradients,
    ],
    attrs: ATTRIBUTES,
    differentiable: [],
  };
};

/** The operands of `adamw`: those of one parameter, in the order of the lists, and the scalars. */
function operandsOfOne<T>(
  tensors: readonly T[],
  scalars: Readonly<Record<keyof AdamWScalars, T>>,
): readonly T[] {
  const [parameter, m, v, gradient] = exactly(tensors, 4);
  const { learningRate, weightDecay, biasCorrection1, biasCorrection2, clipScale, flag } = scalars;
  const shared = [learningRate, weightDecay, biasCorrection1, biasCorrection2, clipScale, flag];
  return [parameter, gradient, m, v, ...shared];
}

/** In the order of the outputs: all parameters, all first and all second moments. */
export const adamwManyOp: OpDefinition<AdamWAttributes> = defineOp({
  name: 'adamw_many',
  summary: 'one AdamW update of several parameters and their moments',
  operands: [
    'learningRate',
    'weightDecay',
    'biasCorrection1',
    'biasCorrection2',
    'clipScale',
    'flag',
    '...lists',
  ],
  outputs: ['...lists'],
  infer: ({ lists, ...scalars }, attrs) =>
    inLists(
      byParameter('adamw_many', lists, 4).map((tensors) =>
        adamwOp.infer(operandsOfOne(tensors, scalars), attrs),
      ),
    ),
  decompose: ({ lists, ...scalars }, attrs) =>
    inLists(
      byParameter('adamw_many', lists, 4).map((tensors) => {
        const [parameter, m, v, gradient] = exactly(tensors, 4);
        return adamw(parameter, gradient, m, v, scalars, attrs);
      }),
    ),
  // 12 a parameter, of which there are four tensors
  flops: ({ lists }) => 3 * elementsOf(lists),
  castRule: 'follow',
  overwrites: overwritesBehind(6, 3),
  samples: [
    sample(
      1,
      SHAPES.map((shape) => ({ shape })),
    ),
    sample(1, [{ shape: [17] }]),
    // A step that is not taken: its gradients are not finite.
    sample(
      0,
      SHAPES.map((shape) => unreadOperand(shape)),
    ),
  ],
});
