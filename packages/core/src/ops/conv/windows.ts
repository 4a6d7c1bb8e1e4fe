// Sliding windows over the last dimensions of a tensor, as an index: what convolutions and pooling
// read. The index is a constant of the graph.
import { AutomodelError } from '../../error.js';
import { formatShape, sizeOf, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { constant } from '../creation/constant.js';
import { index } from '../indexing/index-tensor.js';
import { pad } from '../layout/pad.js';
import { reshape } from '../layout/reshape.js';

/** One number for each spatial dimension. `padding`: zeros on both sides. */
export interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

/**
 * How many windows fit along each spatial dimension. Errors: lists of another length, steps below
 * one, no window fits.
 */
export function windowCounts(
  op: string,
  spatial: Shape,
  { kernel, stride, padding, dilation }: Window,
): number[] {
  const counts = spatial.map(
    (size, i) =>
      Math.floor((size + 2 * padding[i]! - dilation[i]! * (kernel[i]! - 1) - 1) / stride[i]!) + 1,
  );
  const fits =
    [kernel, stride, padding, dilation].every((list) => list.length === spatial.length) &&
    [...stride, ...dilation, ...kernel].every((n) => Number.isInteger(n) && n >= 1) &&
    counts.every((n) => n >= 1);
  if (!fits)
    throw new AutomodelError(
      'bad-shape',
      `${op}: windows [${kernel.join(',')}] by [${stride.join(',')}] do not fit ` +
        `${formatShape(spatial)} with padding [${padding.join(',')}]`,
    );
  return counts;
}

/**
 * Positions of the elements of all windows in a padded volume: row-major [elements of a window,
 * windows].
 */
function places(
  padded: Shape,
  counts: readonly number[],
  { kernel, stride, dilation }: Window,
): number[] {
  let list = [0];
  const steps = [
    ...kernel.map((size, axis) => ({ size, axis, step: dilation[axis]! })),
    ...counts.map((size, axis) => ({ size, axis, step: stride[axis]! })),
  ];
  for (const { size, axis, step } of steps) {
    const width = sizeOf(padded.slice(axis + 1));
    list = list.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * step * width));
  }
  return list;
}

/** x[N,C,...] -> [N,C,K,S]: K elements of each of S windows, both row-major. */
export function unfold(op: string, x: Tensor, window: Window): Tensor {
  const counts = windowCounts(op, x.shape.slice(2), window);
  const padded = pad(
    x,
    window.padding.toReversed().flatMap((margin) => [margin, margin]),
  );
  const spatial = padded.shape.slice(2);
  const at = constant(
    places(spatial, counts, window),
    [sizeOf(window.kernel), sizeOf(counts)],
    'i32',
    x.trace,
  );
  return index(reshape(padded, [x.shape[0]!, x.shape[1]!, sizeOf(spatial)]), [2], [at]);
}
