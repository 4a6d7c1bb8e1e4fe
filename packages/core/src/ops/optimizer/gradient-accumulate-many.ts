// gradient_accumulate of several gradients at once: states of biases and norms are so small that
// starting a kernel for each costs more than its work.
import { exactly } from '../../list-length.js';
import { AutomodelError } from '../../error.js';
import { elementsOf } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import type { NoAttributes } from '../support/operand.js';
import { gradientAccumulate, gradientAccumulateOp } from './gradient-accumulate.js';
import { accumulatorOperand } from '../support/unread-operand.js';

/** Maximum number of gradients of one node. */
export const MAX_GRADIENTS = 64;

/** The pairs of state and gradient of a list in which they alternate. */
const inPairs = <T>(list: readonly T[]): (readonly [state: T, gradient: T])[] =>
  Array.from({ length: list.length / 2 }, (_, i) => exactly(list.slice(2 * i, 2 * i + 2), 2));

export const gradientAccumulateManyOp: OpDefinition<NoAttributes> = defineOp({
  name: 'gradient_accumulate_many',
  summary: 'keep * state + gradient, for several states',
  operands: ['keep', '...pairs'],
  outputs: ['...states'],
  infer({ keep, pairs }) {
    if (pairs.length === 0 || pairs.length % 2 !== 0 || pairs.length > 2 * MAX_GRADIENTS)
      throw new AutomodelError(
        'bad-argument',
        `gradient_accumulate_many takes keep and up to ${MAX_GRADIENTS} pairs of state and ` +
          `gradient, not ${pairs.length + 1} operands`,
      );
    return inPairs(pairs).flatMap(([state, gradient]) =>
      gradientAccumulateOp.infer([state, gradient, keep], {}),
    );
  },
  decompose: ({ keep, pairs }) =>
    inPairs(pairs).map(([state, gradient]) => gradientAccumulate(state, gradient, keep)),
  flops: (_operands, { states }) => 2 * elementsOf(states),
  castRule: 'follow',
  overwrites: Array.from({ length: MAX_GRADIENTS }, (_, i) => [i, 1 + 2 * i] as const),
  samples: [1, 0].map((keep) => ({
    inputs: [
      { shape: [], values: [keep] },
      accumulatorOperand([4, 3], keep),
      { shape: [4, 3] },
      accumulatorOperand([], keep),
      { shape: [] },
      { shape: [0] },
      { shape: [0] },
      accumulatorOperand([300], keep),
      { shape: [300] },
    ],
    attrs: {},
    differentiable: [],
  })),
});
