// A tensor as a file stores it: a name, a byte range, a type and a shape. No tensor bytes are
// touched to make one; backends map or read the range.
import { AutomodelError, type DType } from '@automodel/core';
import type { StorageType } from './storage-type.js';

/**
 * A tensor in a safetensors file. `offset` is absolute in the file and may exceed 2^32; `dtype` is
 * undefined for types that can only be carried through.
 */
export interface StoredTensor {
  readonly name: string;
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly shape: readonly number[];
  readonly storageType: StorageType;
  readonly dtype: DType | undefined;
}

/** A stored tensor of a type the project computes with. */
export interface TensorEntry extends StoredTensor {
  readonly dtype: DType;
}

/**
 * The tensor as an entry to compute with.
 * @throws AutomodelError `unsupported` naming tensor, type and file.
 */
export function tensorEntry(tensor: StoredTensor): TensorEntry {
  const { dtype } = tensor;
  if (dtype === undefined) {
    throw new AutomodelError(
      'unsupported',
      `tensor ${tensor.name} has type ${tensor.storageType}, which cannot be computed with`,
      {
        location: tensor.file,
        hint:
          'use a checkpoint stored as F32, BF16 or F16 (quantized checkpoints must be ' +
          'dequantized first)',
      },
    );
  }
  return { ...tensor, dtype };
}
