// The product of two matrices or batches of matrices: shape rule, plain loops and the number of
// operations, shared by matmul and its accumulating variants.
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
import { isFloat, promoteTypes, type DType } from '../../tensor/dtype.js';
import { allocateHostData, type HostTensor } from '../../tensor/host-tensor.js';
import { broadcastShapes, formatShape, sizeAt, sizeOf } from '../../tensor/shape.js';
import { broadcastOffsets, integerAt, storeInteger } from '../support/elements.js';

/**
 * `out_dtype` null: the promoted dtype of the operands. `compute`: what operands are rounded to
 * before they are multiplied; sums are f32.
 */
export type MatmulAttributes = {
  readonly out_dtype: DType | null;
  readonly compute: 'f32' | 'bf16';
};

/** a[...,M,K], b[...,K,N] -> [...,M,N], leading dimensions broadcast. */
export function productType(
  op: string,
  a: TensorType,
  b: TensorType,
  attrs: MatmulAttributes,
): TensorType {
  const refuse = (why: string): AutomodelError =>
    new AutomodelError(
      'bad-shape',
      `${op}: ${formatShape(a.shape)} times ${formatShape(b.shape)}: ${why}`,
    );
  if (a.shape.length < 2 || b.shape.length < 2) throw refuse('both operands need two dimensions');
  if (a.shape.at(-1) !== b.shape.at(-2))
    throw refuse(`inner sizes ${a.shape.at(-1)!} and ${b.shape.at(-2)!} differ`);
  if (a.dtype !== b.dtype && !(isFloat(a.dtype) && isFloat(b.dtype)))
    throw refuse(`${a.dtype} with ${b.dtype}`);
  const batch = broadcastShapes(op, a.shape.slice(0, -2), b.shape.slice(0, -2));
  return {
    shape: [...batch, a.shape.at(-2)!, b.shape.at(-1)!],
    dtype: attrs.out_dtype ?? promoteTypes(a.dtype, b.dtype),
  };
}

/** The product, added to `start` where given. */
export function multiplyMatrices(
  a: HostTensor,
  b: HostTensor,
  type: TensorType,
  start?: Float64Array,
): HostTensor {
  const batch = type.shape.slice(0, -2);
  const [rows, inner, columns] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const [fromA, fromB] = [
    broadcastOffsets(a.shape.slice(0, -2), batch),
    broadcastOffsets(b.shape.slice(0, -2), batch),
  ];
  const data = start ?? allocateHostData(type.dtype, sizeOf(type.shape));
  for (let m = 0; m < sizeOf(batch); m++) {
    const [baseA, baseB] = [(fromA?.[m] ?? m) * rows * inner, (fromB?.[m] ?? m) * inner * columns];
    for (let i = 0; i < rows; i++) {
      const out = (m * rows + i) * columns;
      for (let k = 0; k < inner; k++)
        addRow(data, out, a.data, baseA + i * inner + k, b.data, baseB + k * columns, columns);
    }
  }
  return { ...type, data };
}

/** data[out + j] += a[from] * b[row + j]. */
function addRow(
  data: HostTensor['data'],
  out: number,
  a: HostTensor['data'],
  from: number,
  b: HostTensor['data'],
  row: number,
  columns: number,
): void {
  if (data instanceof Float64Array) {
    const factor = Number(a[from]);
    const values = b as Float64Array;
    for (let j = 0; j < columns; j++) data[out + j]! += factor * values[row + j]!;
  } else
    for (let j = 0; j < columns; j++)
      storeInteger(
        data,
        out + j,
        integerAt(data, out + j) + integerAt(a, from) * integerAt(b, row + j),
      );
}

/** A multiplication and an addition for each term of each element. */
export const productFlops = (
  { a }: { readonly a: TensorType },
  { y }: { readonly y: TensorType },
): number => 2 * sizeOf(y.shape) * sizeAt(a, -1);

/** The same, and the addition of an accumulator. */
export const accumulatedProductFlops = (
  { a }: { readonly a: TensorType },
  { y }: { readonly y: TensorType },
): number => productFlops({ a }, { y }) + sizeOf(y.shape);
