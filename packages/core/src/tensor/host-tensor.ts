// Tensors in JavaScript memory, used by the reference run, by constants and at the edges (feeding
// and reading programs). All float dtypes are held as f64, so that one piece of code can be the
// exact definition of an op; rounding to the named dtype is a separate, explicit step.
import { AutomodelError } from '../error.js';
import { categoryOf, type DType } from './dtype.js';
import { roundTo } from './round.js';
import { formatShape, sizeOf, type Shape } from './shape.js';

/**
 * Elements of a host tensor: f64 for every float dtype, exact integers otherwise, bool as 0 or 1.
 */
export type HostData = Float64Array | BigInt64Array | Int32Array | Uint8Array;

/** A dense row-major tensor in JavaScript memory. */
export interface HostTensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: HostData;
}

/** New elements for `dtype`, all zero. */
export function allocateHostData(dtype: DType, size: number): HostData {
  if (categoryOf(dtype) === 'float') return new Float64Array(size);
  if (dtype === 'i64') return new BigInt64Array(size);
  return dtype === 'i32' ? new Int32Array(size) : new Uint8Array(size);
}

function wholeNumber(value: number | bigint | boolean): bigint {
  if (typeof value === 'bigint') return value;
  return BigInt(Math.trunc(Number(value)));
}

/**
 * A host tensor from numbers; values are converted (not rounded) to what `dtype` holds. Errors:
 * count and shape disagree.
 */
export function hostTensor(
  dtype: DType,
  shape: Shape,
  values: ArrayLike<number | bigint | boolean>,
): HostTensor {
  const size = sizeOf(shape);
  if (values.length !== size)
    throw new AutomodelError(
      'bad-shape',
      `${values.length} values do not fill shape ${formatShape(shape)}`,
    );
  const data = allocateHostData(dtype, size);
  for (let i = 0; i < size; i++) {
    const value = values[i]!;
    if (data instanceof BigInt64Array) data[i] = wholeNumber(value);
    else data[i] = dtype === 'bool' ? Number(Number(value) !== 0) : Number(value);
  }
  return { shape, dtype, data };
}

/**
 * The same elements rounded to the dtype's precision (nearest even); integers are returned as they
 * are.
 */
export function roundHostTensor(tensor: HostTensor): HostTensor {
  if (!(tensor.data instanceof Float64Array) || tensor.dtype === 'f64') return tensor;
  const data = new Float64Array(tensor.data.length);
  for (let i = 0; i < data.length; i++) data[i] = roundTo(tensor.dtype, tensor.data[i]!);
  return { ...tensor, data };
}

/** The elements as plain numbers, whatever the dtype; i64 beyond 2^53 loses digits. */
export const numbersOf = ({ data }: HostTensor): number[] =>
  Array.from<number | bigint, number>(data, Number);
