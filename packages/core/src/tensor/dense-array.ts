// Numbers in memory exactly as their dtype stores them, as files and backends hold them: the arrays
// behind the columns of a batch. Reference runs hold floats as f64 instead: host-tensor.ts.
import type { DType } from './dtype.js';

/** Elements of one dtype; bf16 and f16 as their 16 bits. */
export type DenseArray =
  Int32Array | BigInt64Array | Float32Array | Float64Array | Uint16Array | Uint8Array;

/** The class of such arrays: makes zeros, or reads a buffer. */
export interface DenseArrayClass {
  new (length: number): DenseArray;
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): DenseArray;
}

const CLASSES: Readonly<Record<DType, DenseArrayClass>> = {
  i32: Int32Array,
  i64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
  bf16: Uint16Array,
  f16: Uint16Array,
  bool: Uint8Array,
};

/** The class of arrays that hold a dtype's elements. */
export const denseArrayOf = (dtype: DType): DenseArrayClass => CLASSES[dtype];
