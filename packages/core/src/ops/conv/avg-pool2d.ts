// Means over windows of images, as torch.nn.functional.avg_pool2d: padding counts as zeros.
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { formatType } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { reshape } from '../layout/reshape.js';
import { mean } from '../reduce/mean.js';
import { unfold, windowCounts, type Window } from './windows.js';

export type AvgPool2dAttributes = {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
};

/** x[N,C,H,W] -> [N,C,H',W'], or both without N. `stride` null: the kernel. */
export function avgPool2d(
  x: Tensor,
  kernel: number | readonly number[],
  stride: number | readonly number[] | null = null,
  padding: number | readonly number[] = 0,
): Tensor {
  if (x.rank === 3) {
    const one = avgPool2d(reshape(x, [1, ...x.shape]), kernel, stride, padding);
    return reshape(one, one.shape.slice(1));
  }
  const pair = (value: number | readonly number[]): number[] =>
    typeof value === 'number' ? [value, value] : [...value];
  return x.trace.apply(avgPool2dOp, [x], {
    kernel: pair(kernel),
    stride: pair(stride ?? kernel),
    padding: pair(padding),
  })[0];
}

const windowOf = (attrs: AvgPool2dAttributes): Window => ({ ...attrs, dilation: [1, 1] });

export const avgPool2dOp: OpDefinition<AvgPool2dAttributes> = defineOp({
  name: 'avg_pool2d',
  summary: 'means over windows of images',
  operands: ['x'],
  infer: ({ x }, attrs) => {
    if (x.shape.length !== 4 || !isFloat(x.dtype))
      throw new AutomodelError(
        'bad-shape',
        `avg_pool2d takes float [N,C,H,W], not ${formatType(x)}`,
      );
    return [
      {
        shape: [
          ...x.shape.slice(0, 2),
          ...windowCounts('avg_pool2d', x.shape.slice(2), windowOf(attrs)),
        ],
        dtype: x.dtype,
      },
    ];
  },
  decompose: ({ x }, attrs) => {
    return [
      reshape(mean(unfold('avg_pool2d', x, windowOf(attrs)), [2]), [
        ...x.shape.slice(0, 2),
        ...windowCounts('avg_pool2d', x.shape.slice(2), windowOf(attrs)),
      ]),
    ];
  },
  castRule: 'full',
  samples: [
    {
      inputs: [{ shape: [2, 2, 6, 6] }],
      attrs: { kernel: [2, 2], stride: [2, 2], padding: [0, 0] },
    },
    {
      inputs: [{ shape: [1, 2, 5, 4] }],
      attrs: { kernel: [3, 2], stride: [2, 1], padding: [1, 0] },
    },
  ],
});
