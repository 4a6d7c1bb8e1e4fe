// RMSNorm as a layer: the parameter `<name>.weight` and the op. `weightOffset` 1 is Gemma's (1 +
// weight), whose weights start at zero.
import type { ParameterScope } from '@automodel/contracts';
import { rmsNorm as rmsNormOp, type Tensor } from '@automodel/core';

/** A norm over the last dimension with parameters under `name`. */
export type Norm = (scope: ParameterScope, name: string, x: Tensor) => Tensor;

/** An RMSNorm layer, x[...,D] -> [...,D]. */
export const rmsNorm =
  (eps: number, weightOffset = 0): Norm =>
  (scope, name, x) =>
    scope.within(name, (inner) =>
      rmsNormOp(
        x,
        inner.parameter('weight', x.shape.slice(-1), weightOffset === 0 ? 'ones' : 'zeros'),
        eps,
        weightOffset,
      ),
    );
