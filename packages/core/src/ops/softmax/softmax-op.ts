// What softmax and log_softmax share: attributes, shape rule, samples.
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
import { isFloat } from '../../tensor/dtype.js';
import { normalizeAxis, sizeOf } from '../../tensor/shape.js';
import type { OpSample } from '../support/define-op.js';

export type SoftmaxAttributes = { readonly dim: number };

export function inferSoftmax(
  op: string,
  x: TensorType,
  { dim }: SoftmaxAttributes,
): readonly [TensorType] {
  normalizeAxis(op, dim, x.shape.length);
  if (!isFloat(x.dtype))
    throw new AutomodelError('bad-argument', `${op} takes float tensors, not ${x.dtype}`);
  return [{ shape: x.shape, dtype: x.dtype }];
}

export const softmaxFlops = ({ x }: { readonly x: TensorType }): number => 5 * sizeOf(x.shape);

export const SOFTMAX_SAMPLES: readonly OpSample<SoftmaxAttributes>[] = [
  { inputs: [{ shape: [2, 3, 5] }], attrs: { dim: -1 } },
  { inputs: [{ shape: [2, 3, 5] }], attrs: { dim: 1 } },
  { inputs: [{ shape: [3, 4], range: [-60, 60] }], attrs: { dim: -1 } },
  { inputs: [{ shape: [] }], attrs: { dim: 0 } },
  { inputs: [{ shape: [0, 4] }], attrs: { dim: 1 } },
];
