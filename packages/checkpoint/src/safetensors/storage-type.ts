// The element types of the safetensors format and which of them the project computes with. The
// others can be carried through a save byte for byte but never read as numbers.
// Source: the `Dtype` enumeration of the safetensors crate; its order (narrow to wide) is also the
// order in which the library lays tensors out.
import type { DType } from '@automodel/core';

const BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

/** Element type as a safetensors header spells it. */
export type StorageType = keyof typeof BITS;

const DTYPE_OF: Partial<Record<StorageType, DType>> = {
  F64: 'f64',
  F32: 'f32',
  F16: 'f16',
  BF16: 'bf16',
  I64: 'i64',
  I32: 'i32',
  BOOL: 'bool',
};
const STORAGE_OF: Record<DType, StorageType> = {
  f64: 'F64',
  f32: 'F32',
  f16: 'F16',
  bf16: 'BF16',
  i64: 'I64',
  i32: 'I32',
  bool: 'BOOL',
};
const ORDER = Object.keys(BITS);

/** True when a header may name this element type. */
export const isStorageType = (name: string): name is StorageType => Object.hasOwn(BITS, name);

/** Bits of one element. */
export const bitsOf = (type: StorageType): number => BITS[type];

/** The dtype the project computes with, undefined for types that can only be carried through. */
export const dtypeOfStorage = (type: StorageType): DType | undefined => DTYPE_OF[type];

/** The storage type of a dtype. */
export const storageOfDType = (dtype: DType): StorageType => STORAGE_OF[dtype];

/**
 * Position in the library's order of types: wider types are laid out first, which keeps every
 * tensor aligned to its element.
 */
export const storageOrder = (type: StorageType): number => ORDER.indexOf(type);

/** Bytes of a tensor, undefined when the count is not whole or not safe as a number. */
export function storageBytes(type: StorageType, shape: readonly number[]): number | undefined {
  const bits = shape.reduce((product, size) => product * BigInt(size), BigInt(BITS[type]));
  if (bits % 8n !== 0n || bits / 8n > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return Number(bits / 8n);
}
