// The adjoint of broadcasting: sums a gradient over the dimensions that were repeated.
import type { Shape } from '../../tensor/shape.js';
import { sameShape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { reshape } from '../layout/reshape.js';
import { sum } from '../reduce/sum.js';

/** x summed to `shape`, which broadcasts to the shape of x. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.rank - shape.length;
  const repeated = x.shape.flatMap((dim, axis) =>
    axis < lead || (shape[axis - lead] === 1 && dim !== 1) ? [axis] : [],
  );
  return reshape(repeated.length === 0 ? x : sum(x, repeated), shape);
}
