// Filling by a mask.
import type { Tensor } from '../../tensor/tensor.js';
import { where } from './where.js';

/** x with `value` wherever `mask` (bool, broadcast with x) is true. */
export function maskedFill(x: Tensor, mask: Tensor, value: number | bigint | boolean): Tensor {
  return where(mask, value, x);
}
