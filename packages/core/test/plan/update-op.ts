// An optimizer-like op for tests: two results, each allowed to overwrite one operand.
import { defineOp, type OpDefinition } from '../../src/ops/support/define-op.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { allocateHostData } from '../../src/tensor/host-tensor.js';

export const updateOp: OpDefinition<Record<string, never>> = defineOp({
  name: 'test_update',
  summary: 'w - g/2 and w + g',
  operands: ['w', 'g'],
  outputs: ['next', 'sum'],
  infer: ({ w, g }) => [w, g],
  reference: ({ w, g }) => {
    const [next, sum] = [
      allocateHostData(w.dtype, w.data.length),
      allocateHostData(w.dtype, w.data.length),
    ];
    for (let i = 0; i < w.data.length; i++) {
      next[i] = Number(w.data[i]) - Number(g.data[i]) / 2;
      sum[i] = Number(w.data[i]) + Number(g.data[i]);
    }
    return [
      { shape: w.shape, dtype: w.dtype, data: next },
      { shape: w.shape, dtype: w.dtype, data: sum },
    ];
  },
  overwrites: [
    [0, 0],
    [1, 1],
  ],
  samples: [],
});

export const sgdUpdateLike = (weight: Tensor, gradient: Tensor): readonly Tensor[] =>
  weight.trace.apply(updateOp, [weight, gradient], {});
