// Choice between two tensors by a mask.
import { AutomodelError } from '../../error.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import { broadcastShapes, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { broadcastOffsets, copyElement } from '../support/elements.js';
import { asTensor, commonType, type NoAttributes, type Operand } from '../support/operand.js';
import { sumTo } from '../support/sum-to.js';

/** a where `condition` (bool) holds, else b, under broadcasting; a and b are promoted. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const dtype = commonType([a, b]);
  return condition.trace.apply(
    whereOp,
    [condition, asTensor(condition.trace, a, dtype), asTensor(condition.trace, b, dtype)],
    {},
  )[0];
}

export const whereOp: OpDefinition<NoAttributes> = defineOp({
  name: 'where',
  summary: 'a where the condition holds, else b',
  operands: ['condition', 'a', 'b'],
  infer: ({ condition, a, b }) => {
    if (condition.dtype !== 'bool' || a.dtype !== b.dtype)
      throw new AutomodelError(
        'bad-argument',
        `where takes a bool condition and two operands of one dtype, not ${condition.dtype}, ` +
          `${a.dtype} and ${b.dtype}`,
      );
    return [{ shape: broadcastShapes('where', condition.shape, a.shape, b.shape), dtype: a.dtype }];
  },
  reference: ({ condition, a, b }, _attrs, { y: type }) => {
    const [fromCondition, fromA, fromB] = [condition, a, b].map((t) =>
      broadcastOffsets(t.shape, type.shape),
    );
    const data = allocateHostData(type.dtype, sizeOf(type.shape));
    for (let i = 0; i < data.length; i++) {
      const holds = condition.data[fromCondition?.[i] ?? i] !== 0;
      copyElement(data, i, holds ? a.data : b.data, (holds ? fromA : fromB)?.[i] ?? i);
    }
    return [{ ...type, data }];
  },
  gradient: ({ operands: { condition, a, b }, gradients: { y: dy }, needs }) => {
    return {
      a: needs.a ? sumTo(where(condition, dy, 0), a.shape) : undefined,
      b: needs.b ? sumTo(where(condition, 0, dy), b.shape) : undefined,
    };
  },
  castRule: 'follow',
  overwrites: [
    [0, 1],
    [0, 2],
  ],
  samples: [
    { inputs: [{ shape: [3, 5], dtype: 'bool' }, { shape: [3, 5] }, { shape: [3, 5] }], attrs: {} },
    {
      inputs: [{ shape: [2, 3, 1], dtype: 'bool' }, { shape: [3, 4] }, { shape: [1, 1, 4] }],
      attrs: {},
    },
    { inputs: [{ shape: [4], dtype: 'bool' }, { shape: [] }, { shape: [4] }], attrs: {} },
    {
      inputs: [
        { shape: [4, 1], dtype: 'bool' },
        { shape: [3], dtype: 'i64', range: [-9, 9] },
        { shape: [], dtype: 'i64', range: [-9, 9] },
      ],
      attrs: {},
    },
  ],
});
