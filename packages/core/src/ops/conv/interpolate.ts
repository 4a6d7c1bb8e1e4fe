// Resizing of images, as torch.nn.functional.interpolate: nearest reads an index, bilinear and bicubic multiply with a matrix of weights for each dimension.
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { formatShape } from '../../tensor/shape.js';
import type { Trace } from '../../graph/trace.js';
import type { Tensor } from '../../tensor/tensor.js';
import { constant } from '../creation/constant.js';
import { defineOp } from '../define-op.js';
import { index } from '../index/index-tensor.js';
import { transpose } from '../layout/permute.js';
import { matmul } from '../linear/matmul.js';

export type InterpolateMode = 'nearest' | 'bilinear' | 'bicubic';

/** `align`: corners stay corners (PyTorch's align_corners). */
export type InterpolateAttributes = { readonly size: readonly number[]; readonly mode: InterpolateMode; readonly align: boolean };

/** x[N,C,H,W] -> [N,C,...size]. */
export function interpolate(x: Tensor, size: readonly number[], mode: InterpolateMode, align = false): Tensor {
  return x.trace.apply(interpolateOp, [x], { size: [...size], mode, align })[0]!;
}

/** Keys' cubic convolution kernel with a = -0.75. */
function cubic(distance: number): number {
  const [a, d] = [-0.75, Math.abs(distance)];
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/** The matrix [to, from] whose rows weigh the entries of one dimension. */
function weights(from: number, to: number, { mode, align }: InterpolateAttributes): number[] {
  const rows = new Array<number>(to * from).fill(0);
  const add = (row: number, at: number, weight: number): void => {
    rows[row * from + Math.min(Math.max(at, 0), from - 1)]! += weight;
  };
  for (let row = 0; row < to; row++) {
    const center = align ? (to > 1 ? (row * (from - 1)) / (to - 1) : 0) : ((row + 0.5) * from) / to - 0.5;
    if (mode === 'bicubic') for (let at = Math.floor(center) - 1; at <= Math.floor(center) + 2; at++) add(row, at, cubic(center - at));
    else {
      const position = Math.max(center, 0);
      const below = Math.floor(position);
      add(row, below, 1 - (position - below));
      add(row, below + 1, position - below);
    }
  }
  return rows;
}

const nearest = (from: number, to: number, trace: Trace): Tensor => constant(Array.from({ length: to }, (_, i) => Math.min(Math.floor((i * from) / to), from - 1)), [to], 'i32', trace);

function decompose(inputs: readonly (Tensor | undefined)[], attrs: InterpolateAttributes): Tensor[] {
  const x = inputs[0]!;
  const [height, width] = [x.shape[2]!, x.shape[3]!];
  const [newHeight, newWidth] = attrs.size as [number, number];
  if (attrs.mode === 'nearest') return [index(index(x, [2], [nearest(height, newHeight, x.trace)]), [3], [nearest(width, newWidth, x.trace)])];
  const vertical = constant(weights(height, newHeight, attrs), [newHeight, height], x.dtype, x.trace);
  const horizontal = constant(weights(width, newWidth, attrs), [newWidth, width], x.dtype, x.trace);
  return [matmul(matmul(vertical, x), transpose(horizontal, 0, 1))];
}

export const interpolateOp = defineOp<InterpolateAttributes>({
  name: 'interpolate',
  summary: 'resized images',
  infer: (inputs, { size }) => {
    const x = inputs[0]!;
    if (x.shape.length !== 4 || size.length !== 2 || !isFloat(x.dtype)) throw new AutomodelError('bad-shape', `interpolate takes float [N,C,H,W] and two sizes, not ${x.dtype}${formatShape(x.shape)} and ${formatShape(size)}`);
    return [{ shape: [...x.shape.slice(0, 2), ...size], dtype: x.dtype }];
  },
  decompose,
  precision: 'full',
  samples: [
    { inputs: [{ shape: [1, 2, 4, 5] }], attrs: { size: [7, 9], mode: 'bilinear', align: false } },
    { inputs: [{ shape: [1, 2, 4, 4] }], attrs: { size: [6, 3], mode: 'bicubic', align: false } },
    { inputs: [{ shape: [2, 1, 4, 4] }], attrs: { size: [3, 9], mode: 'nearest', align: false } },
    { inputs: [{ shape: [1, 1, 3, 4] }], attrs: { size: [5, 1], mode: 'bilinear', align: true } },
  ],
});
