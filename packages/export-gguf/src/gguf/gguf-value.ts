// Values of a GGUF file's key/value part and their bytes: a type number, then the value, all
// little-endian. Source: the format's specification (ggml, docs/gguf.md).
import { AutomodelError } from '@automodel/core';

export type GgufValue =
  | { readonly type: 'u32' | 'i32' | 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'i32s' | 'f32s'; readonly value: readonly number[] };

/** Keys in the order of the file. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

const U32 = 4;
const I32 = 5;
const F32 = 6;
const BOOL = 7;
const STRING = 8;
const ARRAY = 9;

export const u32 = (value: number): GgufValue => ({ type: 'u32', value });
export const f32 = (value: number): GgufValue => ({ type: 'f32', value });
export const bool = (value: boolean): GgufValue => ({ type: 'bool', value });
export const text = (value: string): GgufValue => ({ type: 'string', value });

/** Four bytes. Errors: `bad-argument` for a number that the type cannot hold. */
export function uint32(value: number): Buffer {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
    throw new AutomodelError('bad-argument', `${value} is not a 32-bit number`);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** Length in bytes, then UTF-8. */
export function stringBytes(value: string): Buffer {
  const characters = Buffer.from(value, 'utf8');
  return Buffer.concat([uint64(characters.length), characters]);
}

const int32Bytes = (values: readonly number[]): Buffer =>
  Buffer.from(Int32Array.from(values).buffer);
const float32Bytes = (values: readonly number[]): Buffer =>
  Buffer.from(Float32Array.from(values).buffer);
const array = (type: number, length: number, elements: Buffer): Buffer =>
  Buffer.concat([uint32(ARRAY), uint32(type), uint64(length), elements]);

/** Type and value. */
export function valueBytes(entry: GgufValue): Buffer {
  switch (entry.type) {
    case 'u32':
      return Buffer.concat([uint32(U32), uint32(entry.value)]);
    case 'i32':
      return Buffer.concat([uint32(I32), int32Bytes([entry.value])]);
    case 'f32':
      return Buffer.concat([uint32(F32), float32Bytes([entry.value])]);
    case 'bool':
      return Buffer.concat([uint32(BOOL), Buffer.of(entry.value ? 1 : 0)]);
    case 'string':
      return Buffer.concat([uint32(STRING), stringBytes(entry.value)]);
    case 'strings':
      return array(STRING, entry.value.length, Buffer.concat(entry.value.map(stringBytes)));
    case 'i32s':
      return array(I32, entry.value.length, int32Bytes(entry.value));
    case 'f32s':
      return array(F32, entry.value.length, float32Bytes(entry.value));
  }
}
