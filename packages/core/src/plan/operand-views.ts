// Which strided operands a kernel reads, as a word: what backends put into their tables of kernels
// so that the planner copies other views to row-major first.
import type { Shape } from '../tensor/shape.js';

/**
 * `any`: every view. `dense-rows`: views whose last dimension has no gaps. `row-major`: no views,
 * only tensors without gaps in row-major order.
 */
export type OperandViews = 'any' | 'dense-rows' | 'row-major';

/**
 * Whether operand `index` may be a view of this shape and these strides. `views` holds one word for
 * all operands, or one for each; operands beyond the list are row-major. False says nothing about
 * row-major operands, which every kernel reads.
 */
export function acceptsView(
  views: OperandViews | readonly OperandViews[],
  index: number,
  shape: Shape,
  strides: readonly number[],
): boolean {
  const kind = typeof views === 'string' ? views : (views[index] ?? 'row-major');
  if (kind === 'any') return true;
  return kind === 'dense-rows' && shape.length > 0 && (strides.at(-1) === 1 || shape.at(-1) === 1);
}
