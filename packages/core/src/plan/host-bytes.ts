// Host tensors as the bytes a backend holds, and back: little-endian, bf16 and f16 rounded to
// nearest even, bool one byte.
import { bytesOf, type DType } from '../tensor/dtype.js';
import { allocateHostData, type HostData } from '../tensor/host-tensor.js';
import { bf16Bits, bf16Value, f16Bits, f16Value } from '../tensor/round.js';

/** Reads one element at a byte position. */
export function readElement(view: DataView, at: number, dtype: DType): number | bigint {
  switch (dtype) {
    case 'f32':
      return view.getFloat32(at, true);
    case 'f64':
      return view.getFloat64(at, true);
    case 'bf16':
      return bf16Value(view.getUint16(at, true));
    case 'f16':
      return f16Value(view.getUint16(at, true));
    case 'i64':
      return view.getBigInt64(at, true);
    case 'i32':
      return view.getInt32(at, true);
    case 'bool':
      return view.getUint8(at);
  }
}

/** Writes one element at a byte position. */
export function writeElement(
  view: DataView,
  at: number,
  dtype: DType,
  value: number | bigint,
): void {
  switch (dtype) {
    case 'f32':
      return view.setFloat32(at, Number(value), true);
    case 'f64':
      return view.setFloat64(at, Number(value), true);
    case 'bf16':
      return view.setUint16(at, bf16Bits(Number(value)), true);
    case 'f16':
      return view.setUint16(at, f16Bits(Number(value)), true);
    case 'i64':
      return view.setBigInt64(at, BigInt(value), true);
    case 'i32':
      return view.setInt32(at, Number(value), true);
    case 'bool':
      return view.setUint8(at, Number(value) === 0 ? 0 : 1);
  }
}

/** The bytes of host data stored as `dtype`. */
export function encodeHostData(dtype: DType, data: HostData): Uint8Array {
  const size = bytesOf(dtype);
  const bytes = new Uint8Array(data.length * size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i++) writeElement(view, i * size, dtype, data[i]!);
  return bytes;
}

/** Host data from bytes that hold `dtype`. */
export function decodeHostData(dtype: DType, bytes: Uint8Array): HostData {
  const size = bytesOf(dtype);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = allocateHostData(dtype, Math.floor(bytes.length / size));
  for (let i = 0; i < data.length; i++) {
    const value = readElement(view, i * size, dtype);
    if (data instanceof BigInt64Array) data[i] = BigInt(value);
    else data[i] = Number(value);
  }
  return data;
}
