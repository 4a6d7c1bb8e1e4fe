// Stochastic gradient descent as torch.optim.SGD computes it (dampening 0).
import { sgd as sgdOp } from '@automodel/core';
import type { Optimizer } from './optimizer.js';

/** Settings of SGD, as in PyTorch. */
export interface SgdOptions {
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** SGD. State: momentum_buffer, if there is momentum. */
export const sgd = ({ momentum, nesterov }: SgdOptions): Optimizer => ({
  name: 'sgd',
  scalars: (trace) =>
    Object.fromEntries(
      ['learningRate', 'weightDecay'].map((name) => [name, trace.input('scalar', name, [], 'f32')]),
    ),
  scalarValues: (_step, learningRate, weightDecay) =>
    new Map([
      ['learningRate', learningRate],
      ['weightDecay', weightDecay],
    ]),
  update: (trace, parameter, gradient, scalars) => {
    const name = parameter.value.input!.name;
    const buffer =
      momentum === 0
        ? undefined
        : trace.input('state', `momentum_buffer.${name}`, parameter.shape, parameter.dtype);
    const { learningRate, weightDecay, clipScale, flag } = scalars;
    const [next, nextBuffer] = sgdOp(
      parameter,
      gradient,
      buffer,
      { learningRate: learningRate!, weightDecay: weightDecay!, clipScale, flag },
      { momentum, nesterov },
    );
    trace.assign(parameter, next);
    if (buffer !== undefined) trace.assign(buffer, nextBuffer!);
  },
});
