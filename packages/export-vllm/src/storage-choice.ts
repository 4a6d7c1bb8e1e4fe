// The types that vLLM loads unquantised weights in.
import { convertSource, storageOfDType, type TensorSource } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';

export const TYPES = ['f32', 'f16', 'bf16'] as const;
export type StorageChoice = (typeof TYPES)[number];

/** Errors: `bad-argument` naming the possible types. */
export function storageChoice(type: string | undefined): StorageChoice | undefined {
  const found = TYPES.find((known) => known === type?.toLowerCase());
  if (type !== undefined && found === undefined)
    throw new AutomodelError(
      'bad-argument',
      `type ${JSON.stringify(type)} is not one that folders for vLLM are written in ` +
        `(${TYPES.join(', ')})`,
    );
  return found;
}

const FLOATS: readonly string[] = ['F64', 'F32', 'F16', 'BF16'];

/** The source as it will be stored: floats in the chosen type. */
export const stored = (source: TensorSource, type: StorageChoice | undefined): TensorSource =>
  type === undefined || !FLOATS.includes(source.storageType)
    ? source
    : convertSource(source, storageOfDType(type));
