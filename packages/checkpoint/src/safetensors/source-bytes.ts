// How many bytes a tensor takes in a file.
import { AutomodelError } from '@automodel/core';
import { storageBytes } from './storage-type.js';
import type { TensorSource } from './tensor-source.js';

/**
 * Bytes of a source's whole tensor. @throws AutomodelError `bad-argument` when the shape is not one
 * of whole numbers.
 */
export function sourceBytes(source: TensorSource): number {
  const valid = source.shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  const bytes = valid ? storageBytes(source.storageType, source.shape) : undefined;
  if (bytes === undefined)
    throw new AutomodelError(
      'bad-argument',
      `tensor ${source.name}: shape [${source.shape.join(', ')}] of ${source.storageType} cannot ` +
        'be stored',
    );
  return bytes;
}
