// Adam (Kingma and Ba 2015) as torch.optim.Adam computes it: weight decay is added to the clipped
// gradient, so it passes through the moments. Everything else is AdamW without decay.
import { add, full, mul } from '@automodel/core';
import { adamw, type AdamWOptions } from './adamw.js';
import type { Optimizer } from './optimizer.js';

/** Adam with torch.optim.Adam's weight decay. */
export const adam = (options: AdamWOptions): Optimizer => {
  const withoutDecay = adamw(options);
  return {
    ...withoutDecay,
    name: 'adam',
    update: (trace, parameter, gradient, scalars) => {
      const { clipScale, weightDecay } = scalars;
      const decayed = add(mul(gradient, clipScale), mul(parameter, weightDecay!));
      withoutDecay.update(trace, parameter, decayed, {
        ...scalars,
        weightDecay: full([], 0, 'f32', trace),
        clipScale: full([], 1, 'f32', trace),
      });
    },
  };
};
