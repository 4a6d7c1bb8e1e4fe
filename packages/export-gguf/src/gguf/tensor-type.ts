// Storage types of GGUF tensors: their numbers in the file, their sizes, and how 32-bit floats
// become their bytes.
// Q8_0 holds 32 values of a row as one f16 scale d and 32 signed bytes q; a value is d q. Source:
// ggml-common.h and ggml-quants.c of ggml.
import { bytesFromFloats, floatsFromBytes } from '@automodel/checkpoint';

/** The storage types that are written. */
export type TensorType = 'f32' | 'f16' | 'bf16' | 'q8_0';

/** Values of a row that Q8_0 stores together. */
export const BLOCK = 32;
const BLOCK_BYTES = 2 + BLOCK;

/** Number of the type in a tensor's description. */
export const TYPE_NUMBERS: Readonly<Record<TensorType, number>> = {
  f32: 0,
  f16: 1,
  q8_0: 8,
  bf16: 30,
};

/** `general.file_type`: what most tensors are stored as. */
export const FILE_TYPES: Readonly<Record<TensorType, number>> = {
  f32: 0,
  f16: 1,
  q8_0: 7,
  bf16: 32,
};

/** Bytes of `count` values; whole blocks for Q8_0. */
export function typeBytes(type: TensorType, count: number): number {
  switch (type) {
    case 'f32':
      return count * 4;
    case 'f16':
    case 'bf16':
      return count * 2;
    case 'q8_0':
      return (count / BLOCK) * BLOCK_BYTES;
  }
}

/** The stored form of whole rows. f16 and bf16 round to nearest even. */
export const encodeFloats = (values: Float32Array, type: TensorType): Uint8Array =>
  type === 'q8_0' ? quantize(values) : bytesFromFloats(values, type);

/** Each block: d = max |v| / 127, q = round(v / d), halves away from zero. */
function quantize(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(typeBytes('q8_0', values.length));
  const scales = new Float32Array(values.length / BLOCK);
  for (let block = 0; block < scales.length; block += 1) {
    const start = block * BLOCK;
    let largest = 0;
    for (let i = 0; i < BLOCK; i += 1)
      largest = Math.max(largest, Math.abs(values[start + i] ?? 0));
    const scale = Math.fround(largest / 127);
    scales[block] = scale;
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    for (let i = 0; i < BLOCK; i += 1) {
      const scaled = Math.fround((values[start + i] ?? 0) * inverse);
      bytes[block * BLOCK_BYTES + 2 + i] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5);
    }
  }
  const halves = bytesFromFloats(scales, 'f16');
  for (let block = 0; block < scales.length; block += 1)
    bytes.set(halves.subarray(block * 2, block * 2 + 2), block * BLOCK_BYTES);
  return bytes;
}

/** What a reader computes with. */
export function decodeFloats(bytes: Uint8Array, type: TensorType): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  if (type !== 'q8_0') return floatsFromBytes(aligned, type);
  const blocks = bytes.length / BLOCK_BYTES;
  const values = new Float32Array(blocks * BLOCK);
  for (let block = 0; block < blocks; block += 1) {
    const start = block * BLOCK_BYTES;
    const [scale = NaN] = floatsFromBytes(bytes.slice(start, start + 2), 'f16');
    const signed = Int8Array.from(bytes.subarray(start + 2, start + BLOCK_BYTES));
    values.set(
      Float32Array.from(signed, (value) => scale * value),
      block * BLOCK,
    );
  }
  return values;
}
