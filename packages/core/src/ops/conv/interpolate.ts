// Resizing over one to three dimensions, as torch.nn.functional.interpolate: nearest modes read an
// index, the others multiply with a matrix of weights for each dimension.
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { formatShape, formatType } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { constant } from '../creation/constant.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { index } from '../indexing/index-tensor.js';
import { transpose } from '../layout/permute.js';
import { matmul } from '../linear/matmul.js';

/**
 * PyTorch's names; linear, bilinear and trilinear are one mode over one, two and three dimensions.
 */
export const INTERPOLATE_MODES = [
  'nearest',
  'nearest-exact',
  'linear',
  'bilinear',
  'trilinear',
  'bicubic',
  'area',
] as const;
/** How values between the source positions are found. */
export type InterpolateMode = (typeof INTERPOLATE_MODES)[number];

/** `align`: corners stay corners (PyTorch's align_corners). */
export type InterpolateAttributes = {
  readonly size: readonly number[];
  readonly mode: InterpolateMode;
  readonly align: boolean;
};

/** x[N,C,...] -> [N,C,...size]. */
export function interpolate(
  x: Tensor,
  size: readonly number[],
  mode: InterpolateMode,
  align = false,
): Tensor {
  return x.trace.apply(interpolateOp, [x], { size: [...size], mode, align })[0];
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
    const aligned = to > 1 ? (row * (from - 1)) / (to - 1) : 0;
    const center = align ? aligned : ((row + 0.5) * from) / to - 0.5;
    const position = Math.max(center, 0);
    if (mode === 'area') {
      const [start, end] = [Math.floor((row * from) / to), Math.ceil(((row + 1) * from) / to)];
      for (let at = start; at < end; at++) add(row, at, 1 / (end - start));
    } else if (mode === 'bicubic')
      for (let at = Math.floor(center) - 1; at <= Math.floor(center) + 2; at++)
        add(row, at, cubic(center - at));
    else {
      const below = Math.floor(position);
      add(row, below, 1 - (position - below));
      add(row, below + 1, position - below);
    }
  }
  return rows;
}

/** Source positions of a nearest mode, computed in f32 as PyTorch does. */
function nearest(from: number, to: number, mode: InterpolateMode): number[] {
  const [scale, shift] = [Math.fround(from / to), mode === 'nearest-exact' ? 0.5 : 0];
  return Array.from({ length: to }, (_, i) =>
    Math.min(Math.floor(Math.fround((i + shift) * scale)), from - 1),
  );
}

function resizeDimension(
  x: Tensor,
  axis: number,
  to: number,
  attrs: InterpolateAttributes,
): Tensor {
  const from = x.shape[axis]!;
  if (from === to) return x;
  if (attrs.mode.startsWith('nearest'))
    return index(x, [axis], [constant(nearest(from, to, attrs.mode), [to], 'i32', x.trace)]);
  const matrix = constant(weights(from, to, attrs), [to, from], x.dtype, x.trace);
  return axis === x.rank - 2
    ? matmul(matrix, x)
    : transpose(matmul(transpose(x, axis, -1), transpose(matrix, 0, 1)), axis, -1);
}

export const interpolateOp: OpDefinition<InterpolateAttributes> = defineOp({
  name: 'interpolate',
  summary: 'resized images',
  operands: ['x'],
  infer: ({ x }, { size, mode }) => {
    const dimensions = {
      linear: 1,
      bilinear: 2,
      trilinear: 3,
      bicubic: 2,
      nearest: size.length,
      'nearest-exact': size.length,
      area: size.length,
    }[mode];
    if (
      x.shape.length !== size.length + 2 ||
      size.length < 1 ||
      size.length > 3 ||
      dimensions !== size.length ||
      !isFloat(x.dtype) ||
      [...x.shape.slice(2), ...size].some((n) => n < 1)
    )
      throw new AutomodelError(
        'bad-shape',
        `interpolate: ${mode} does not resize ${formatType(x)} to ` +
          `${formatShape(size)}; it takes float [N,C,...] and one size for each further dimension`,
      );
    return [{ shape: [...x.shape.slice(0, 2), ...size], dtype: x.dtype }];
  },
  decompose: ({ x }, attrs) => [
    attrs.size.reduce((x, to, i) => resizeDimension(x, i + 2, to, attrs), x),
  ],
  castRule: 'full',
  samples: [
    { inputs: [{ shape: [1, 2, 4, 5] }], attrs: { size: [7, 9], mode: 'bilinear', align: false } },
    { inputs: [{ shape: [1, 2, 4, 4] }], attrs: { size: [6, 3], mode: 'bicubic', align: false } },
    { inputs: [{ shape: [2, 1, 4, 4] }], attrs: { size: [3, 9], mode: 'nearest', align: false } },
    { inputs: [{ shape: [1, 1, 3, 4] }], attrs: { size: [5, 1], mode: 'bilinear', align: true } },
    { inputs: [{ shape: [1, 2, 5] }], attrs: { size: [8], mode: 'linear', align: false } },
    {
      inputs: [{ shape: [1, 1, 2, 3, 4] }],
      attrs: { size: [3, 2, 5], mode: 'trilinear', align: false },
    },
    {
      inputs: [{ shape: [1, 1, 7, 5] }],
      attrs: { size: [3, 8], mode: 'nearest-exact', align: false },
    },
    { inputs: [{ shape: [1, 1, 7, 5] }], attrs: { size: [3, 8], mode: 'area', align: false } },
  ],
});
