// An optimizer-like op for tests: two results, each allowed to overwrite one operand.
import { defineOp } from '../../src/ops/define-op.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { allocateHostData } from '../../src/tensor/host-tensor.js';

export const updateOp = defineOp<Record<string, never>>({
  name: 'test_update',
  summary: 'w - g/2 and w + g',
  infer: (inputs) => [inputs[0]!, inputs[1]!].map(({ shape, dtype }) => ({ shape, dtype })),
  reference: (inputs) => {
    const [w, g] = [inputs[0]!, inputs[1]!];
    const results = [
      allocateHostData(w.dtype, w.data.length),
      allocateHostData(w.dtype, w.data.length),
    ];
    for (let i = 0; i < w.data.length; i++) {
      results[0]![i] = Number(w.data[i]) - Number(g.data[i]) / 2;
      results[1]![i] = Number(w.data[i]) + Number(g.data[i]);
    }
    return results.map((data) => ({ shape: w.shape, dtype: w.dtype, data }));
  },
  overwrites: [
    [0, 0],
    [1, 1],
  ],
  samples: [],
});

export const sgdUpdateLike = (weight: Tensor, gradient: Tensor): Tensor[] =>
  weight.trace.apply(updateOp, [weight, gradient], {});
