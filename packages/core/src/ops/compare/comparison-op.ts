// The family of comparisons: two operands of one dtype under broadcasting, bool results.
import { isFloat } from '../../tensor/dtype.js';
import { sizeOf } from '../../tensor/shape.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { broadcastType } from '../elementwise/binary-op.js';
import { broadcastOffsets } from '../support/elements.js';
import type { NoAttributes } from '../support/operand.js';

/** An op whose result is true where `holds`. */
export function comparisonOp(
  name: string,
  summary: string,
  holds: (a: number | bigint, b: number | bigint) => boolean,
): OpDefinition<NoAttributes> {
  return defineOp({
    name,
    summary,
    operands: ['a', 'b'],
    infer: ({ a, b }) => [{ shape: broadcastType(name, a, b).shape, dtype: 'bool' }],
    reference: ({ a, b }, _attrs, { y }) => {
      const { shape } = y;
      const [fromA, fromB] = [broadcastOffsets(a.shape, shape), broadcastOffsets(b.shape, shape)];
      const data = new Uint8Array(sizeOf(shape));
      for (let i = 0; i < data.length; i++)
        data[i] = holds(
          a.data[fromA === undefined ? i : fromA[i]!]!,
          b.data[fromB === undefined ? i : fromB[i]!]!,
        )
          ? 1
          : 0;
      return [{ shape, dtype: 'bool', data }];
    },
    castRule: 'follow',
    samples: (['f32', 'i64', 'i32', 'bool', 'bf16'] as const).flatMap((dtype) => [
      {
        inputs: [
          { shape: [4, 5], dtype, ...range(dtype) },
          { shape: [5], dtype, ...range(dtype) },
        ],
        attrs: {},
      },
      {
        inputs: [
          { shape: [6], dtype, ...range(dtype) },
          { shape: [], dtype, ...range(dtype) },
        ],
        attrs: {},
      },
    ]),
  });
}

const range = (dtype: Parameters<typeof isFloat>[0]): { range?: readonly [number, number] } =>
  isFloat(dtype) || dtype === 'bool' ? {} : { range: [0, 3] };
