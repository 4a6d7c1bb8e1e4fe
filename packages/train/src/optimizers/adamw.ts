// AdamW (Loshchilov and Hutter 2019) as torch.optim.AdamW computes it; moments have the dtype of
// the parameter.
import { adamw as adamwOp, type AdamWAttributes } from '@automodel/core';
import type { Optimizer } from './optimizer.js';

/** Settings of Adam and AdamW, as in PyTorch. */
export interface AdamWOptions {
  readonly betas: readonly [number, number];
  readonly eps: number;
}

/** AdamW, whose update is one kernel. States: exp_avg, exp_avg_sq. */
export const adamw = ({ betas, eps }: AdamWOptions): Optimizer => ({
  name: 'adamw',
  scalars: (trace) =>
    Object.fromEntries(
      ['learningRate', 'weightDecay', 'biasCorrection1', 'biasCorrection2'].map((name) => [
        name,
        trace.input('scalar', name, [], 'f32'),
      ]),
    ),
  scalarValues: (step, learningRate, weightDecay) =>
    new Map([
      ['learningRate', learningRate],
      ['weightDecay', weightDecay],
      ['biasCorrection1', 1 - betas[0] ** step],
      ['biasCorrection2', 1 - betas[1] ** step],
    ]),
  update: (trace, parameter, gradient, scalars) => {
    const name = parameter.value.input!.name;
    const state = (kind: string) =>
      trace.input('state', `${kind}.${name}`, parameter.shape, parameter.dtype);
    const [m, v] = [state('exp_avg'), state('exp_avg_sq')];
    const attrs: AdamWAttributes = { beta1: betas[0], beta2: betas[1], eps };
    const { learningRate, weightDecay, biasCorrection1, biasCorrection2, clipScale, flag } =
      scalars;
    const [p, nextM, nextV] = adamwOp(
      parameter,
      gradient,
      m,
      v,
      {
        learningRate: learningRate!,
        weightDecay: weightDecay!,
        biasCorrection1: biasCorrection1!,
        biasCorrection2: biasCorrection2!,
        clipScale,
        flag,
      },
      attrs,
    );
    trace.assign(parameter, p);
    trace.assign(m, nextM);
    trace.assign(v, nextV);
  },
});
