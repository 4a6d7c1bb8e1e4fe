// Dimensions of size one, added and removed: reshapes by PyTorch's names.
import { normalizeAxis, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { reshape } from './reshape.js';

/** x with a new dimension of size one at `dim`. */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  return reshape(x, x.shape.toSpliced(normalizeAxis('unsqueeze', dim, x.rank + 1), 0, 1));
}

/** x without dimension `dim` if its size is one; without `dim`, without all such dimensions. */
export function squeeze(x: Tensor, dim?: number): Tensor {
  const axis = dim === undefined ? undefined : normalizeAxis('squeeze', dim, x.rank);
  return reshape(
    x,
    x.shape.filter((size, i) => size !== 1 || (axis !== undefined && i !== axis)),
  );
}

/** Dimensions `start` to `end` (inclusive) joined into one. */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  const [first, last] = [
    normalizeAxis('flatten', start, x.rank),
    normalizeAxis('flatten', end, x.rank),
  ];
  return reshape(x, [
    ...x.shape.slice(0, first),
    sizeOf(x.shape.slice(first, last + 1)),
    ...x.shape.slice(last + 1),
  ]);
}
