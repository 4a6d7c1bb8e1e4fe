// `update`: global gradient norm, finite flag, clipping and the optimizer, over the same states
// that `micro` filled. If loss or norm is not finite, nothing is written.
import { clipFlag, squaredNorm, trace, type DType, type Graph, type Shape } from '@automodel/core';
import type { Optimizer } from '../optimizers/optimizer.js';
import { gradientState, LOSS_STATE, parameterScope } from './micro-program.js';

/** A parameter as the update sees it: the tensor in memory. */
export interface TrainedParameter {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Outputs: loss, grad_norm and flag, all f32[]. `maxNorm` Infinity: no clipping. */
export function updateProgram(
  parameters: readonly TrainedParameter[],
  optimizer: Optimizer,
  maxNorm: number,
): Graph {
  return trace('update', (t) => {
    t.phase = 'update';
    const loss = t.input('state', LOSS_STATE, [], 'f32');
    const gradients = parameters.map((p) =>
      t.input('state', gradientState(p.name), p.shape, p.dtype),
    );
    const norms = gradients.map((gradient, i) =>
      t.at(parameterScope(parameters[i]!.name), 'update', () => squaredNorm(gradient)),
    );
    const { norm, clipScale, flag } = clipFlag(loss, norms, maxNorm);
    const scalars = optimizer.scalars(t);
    parameters.forEach((p, i) => {
      t.at(parameterScope(p.name), 'update', () =>
        optimizer.update(t, t.input('parameter', p.name, p.shape, p.dtype), gradients[i]!, {
          ...scalars,
          clipScale,
          flag,
        }),
      );
    });
    t.output('loss', loss);
    t.output('grad_norm', norm);
    t.output('flag', flag);
  });
}
