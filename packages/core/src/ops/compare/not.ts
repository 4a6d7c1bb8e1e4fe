// Bitwise complement of integers, logical negation of bool.
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { integerAt, storeInteger } from '../support/elements.js';
import type { NoAttributes } from '../support/operand.js';

/** ~x; on bool: not x. */
export function not(x: Tensor): Tensor {
  return x.trace.apply(notOp, [x], {})[0];
}

export const notOp: OpDefinition<NoAttributes> = defineOp({
  name: 'not',
  summary: 'bitwise complement, logical on bool',
  operands: ['x'],
  infer: ({ x }) => {
    if (isFloat(x.dtype))
      throw new AutomodelError('bad-argument', `not is not defined on ${x.dtype}`);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  reference: ({ x }) => {
    const data = allocateHostData(x.dtype, x.data.length);
    for (let i = 0; i < data.length; i++)
      storeInteger(data, i, x.dtype === 'bool' ? 1n - integerAt(x.data, i) : ~integerAt(x.data, i));
    return [{ ...x, data }];
  },
  castRule: 'follow',
  overwrites: [[0, 0]],
  samples: [
    { inputs: [{ shape: [3, 5], dtype: 'bool' }], attrs: {} },
    { inputs: [{ shape: [6], dtype: 'i64', range: [-9, 9] }], attrs: {} },
    { inputs: [{ shape: [], dtype: 'i32', range: [-9, 9] }], attrs: {} },
  ],
});
