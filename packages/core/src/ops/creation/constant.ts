// Literals of the program. Equal constants are shared by a pass; host numbers among operands become
// 0-dimensional constants.
import { AutomodelError } from '../../error.js';
import { currentTrace, type Trace } from '../../graph/trace.js';
import type { DType } from '../../tensor/dtype.js';
import { hostTensor, type HostData } from '../../tensor/host-tensor.js';
import { formatShape, sizeOf, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { noFlops } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';

export type ConstantAttributes = {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: HostData;
};

/** A tensor with these elements, row-major. Errors: their count does not fill `shape`. */
export function constant(
  values: ArrayLike<number | bigint | boolean>,
  shape: Shape,
  dtype: DType,
  trace: Trace = currentTrace(),
): Tensor {
  const { data } = hostTensor(dtype, shape, values);
  return trace.apply(constantOp, [], { shape: [...shape], dtype, data })[0];
}

/** A 0-dimensional constant. */
export const scalar = (trace: Trace, value: number | bigint | boolean, dtype: DType): Tensor =>
  constant([value], [], dtype, trace);

/** The number a 0-dimensional constant holds; undefined for any other tensor. */
export function constantNumber(tensor: Tensor): number | undefined {
  const node = tensor.value.node;
  if (node?.op.name !== 'constant' || tensor.rank !== 0) return undefined;
  return Number((node.attrs as ConstantAttributes).data[0]);
}

export const constantOp: OpDefinition<ConstantAttributes> = defineOp({
  name: 'constant',
  summary: 'a literal tensor',
  operands: [],
  infer: (_operands, { shape, dtype, data }) => {
    if (data.length !== sizeOf(shape))
      throw new AutomodelError(
        'bad-shape',
        `constant: ${data.length} values do not fill shape ${formatShape(shape)}`,
      );
    return [{ shape, dtype }];
  },
  reference: (_operands, attrs) => [{ shape: attrs.shape, dtype: attrs.dtype, data: attrs.data }],
  flops: noFlops,
  /** It is there before the run. */
  bytes: () => 0,
  castRule: 'follow',
  samples: [
    { inputs: [], attrs: { shape: [2, 2], dtype: 'f32', data: Float64Array.of(1, -2.5, 3, 4) } },
    { inputs: [], attrs: { shape: [], dtype: 'i64', data: BigInt64Array.of(2n ** 60n) } },
    { inputs: [], attrs: { shape: [0], dtype: 'bool', data: new Uint8Array(0) } },
  ],
});
