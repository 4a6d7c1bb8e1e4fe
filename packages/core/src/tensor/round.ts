// Rounding of f64 numbers to the storage formats f32, bf16 and f16 (nearest, ties to even), and the
// bit patterns of the 16-bit formats.
import type { DType } from './dtype.js';

const scratch = new DataView(new ArrayBuffer(8));

/** Bits of the bf16 nearest to `value`, which is first rounded to f32. NaN stays NaN. */
export function bf16Bits(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The number a bf16 bit pattern stands for. */
export function bf16Value(bits: number): number {
  scratch.setUint32(0, (bits << 16) >>> 0);
  return scratch.getFloat32(0);
}

/** Bits of the f16 (IEEE binary16) nearest to `value`; overflow gives infinity. */
export function f16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  // log2 is rounded, so the exponent may be off by one.
  let shift = Math.floor(Math.log2(magnitude));
  if (magnitude < 2 ** shift) shift--;
  else if (magnitude >= 2 ** (shift + 1)) shift++;
  return sign | (((shift + 15) << 10) + roundHalfEven((magnitude / 2 ** shift - 1) * 1024));
}

/** The number an f16 bit pattern stands for. */
export function f16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** `value` rounded to the float dtype; f64 and integer dtypes return it unchanged. */
export function roundTo(dtype: DType, value: number): number {
  switch (dtype) {
    case 'f32':
      return Math.fround(value);
    case 'bf16':
      return bf16Value(bf16Bits(value));
    case 'f16':
      return f16Value(f16Bits(value));
    case 'f64':
    case 'i64':
    case 'i32':
    case 'bool':
      return value;
  }
}
