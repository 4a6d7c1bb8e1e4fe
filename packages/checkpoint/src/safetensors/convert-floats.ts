// Conversion between the storage of f64, f32, f16 and bf16 and 32-bit floats on the host, rounding
// to nearest even as PyTorch does (f64 goes through f32).
// Used when tensors are read for inspection and when a save stores a dtype other than the one in
// memory; training itself never converts here.
import { AutomodelError, type DType } from '@automodel/core';

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

function encodeBf16(value: number): number {
  float[0] = value;
  const word = bits[0] as number;
  if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40; // a NaN stays a (quiet) NaN
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

function encodeF16(value: number): number {
  float[0] = value;
  const word = bits[0] as number;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and above round to infinity
  if (magnitude >= 0x38800000)
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  const scaled = Math.abs(float[0]) * 2 ** 24; // below 2^-14: subnormal, units of 2^-24
  const whole = Math.floor(scaled);
  const rest = scaled - whole;
  return sign | (whole + (rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? 1 : 0));
}

function decodeF16(half: number): number {
  const magnitude = f16Magnitude((half >>> 10) & 0x1f, half & 0x3ff);
  return (half & 0x8000) === 0 ? magnitude : -magnitude;
}

function f16Magnitude(exponent: number, fraction: number): number {
  if (exponent === 0) return fraction * 2 ** -24; // subnormal
  if (exponent === 31) return fraction === 0 ? Infinity : NaN;
  return (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const refuse = (dtype: DType): never => {
  throw new AutomodelError('bad-argument', `${dtype} is not a floating-point type`);
};

/**
 * 32-bit floats from the bytes of a floating-point tensor. `bytes` must start at a multiple of its
 * element size within its buffer.
 */
export function floatsFromBytes(bytes: Uint8Array, dtype: DType): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (dtype === 'f32') return new Float32Array(buffer, byteOffset, byteLength / 4);
  if (dtype === 'f64')
    return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8));
  if (dtype !== 'bf16' && dtype !== 'f16') return refuse(dtype);
  const halves = new Uint16Array(buffer, byteOffset, byteLength / 2);
  const result = new Float32Array(halves.length);
  if (dtype === 'f16')
    for (let i = 0; i < halves.length; i += 1) result[i] = decodeF16(halves[i] as number);
  else {
    const words = new Uint32Array(result.buffer);
    for (let i = 0; i < halves.length; i += 1) words[i] = (halves[i] as number) << 16;
  }
  return result;
}

/** The bytes of a floating-point tensor from 32-bit floats, rounded to nearest even. */
export function bytesFromFloats(values: Float32Array, dtype: DType): Uint8Array {
  if (dtype === 'f32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (dtype === 'f64') return new Uint8Array(Float64Array.from(values).buffer);
  if (dtype !== 'bf16' && dtype !== 'f16') return refuse(dtype);
  const halves = new Uint16Array(values.length);
  const encode = dtype === 'bf16' ? encodeBf16 : encodeF16;
  for (let i = 0; i < values.length; i += 1) halves[i] = encode(values[i] as number);
  return new Uint8Array(halves.buffer);
}
