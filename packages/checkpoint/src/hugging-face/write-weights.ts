// Writes the weights of a folder: one model.safetensors, or shards with
// model.safetensors.index.json. The base's names are kept, and its split where every tensor has a
// place in it; otherwise tensors are cut in order at a size limit, as transformers does.
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import type { TensorSource } from '../safetensors/tensor-source.js';
import { sourceBytes } from '../safetensors/source-bytes.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import { ALONE, type WritingGroup } from '../files/writing-group.js';
import type { Weights } from './weights.js';

/** Shards of at most 5 GB, transformers' default. */
export const DEFAULT_MAX_SHARD_BYTES = 5_000_000_000;

const SINGLE = 'model.safetensors';

function splitBySize(tensors: readonly TensorSource[], maxShardBytes: number): TensorSource[][] {
  const shards: TensorSource[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    const bytes = sourceBytes(tensor);
    const current = shards.at(-1);
    if (current === undefined || bytes > room) {
      shards.push([tensor]);
      room = maxShardBytes - bytes;
    } else {
      current.push(tensor);
      room -= bytes;
    }
  }
  return shards;
}

function splitAsBase(
  tensors: readonly TensorSource[],
  base: Weights,
): Map<string, TensorSource[]> | undefined {
  const files = new Map<string, TensorSource[]>(
    base.files.map((file) => [basename(file.path), []]),
  );
  for (const tensor of tensors) {
    const stored = base.tensors.get(tensor.name);
    if (stored === undefined) return undefined;
    files.get(basename(stored.file))?.push(tensor);
  }
  return files.size > 0 && [...files.values()].every((list) => list.length > 0) ? files : undefined;
}

function numbered(shards: readonly TensorSource[][]): Map<string, TensorSource[]> {
  if (shards.length <= 1) return new Map([[SINGLE, shards[0] ?? []]]);
  const digits = (n: number): string => String(n).padStart(5, '0');
  return new Map(
    shards.map((list, i) => [
      `model-${digits(i + 1)}-of-${digits(shards.length)}.safetensors`,
      list,
    ]),
  );
}

/** How weights are cut into files, and who writes them. */
export interface WriteWeightsOptions {
  readonly base?: Weights | undefined;
  /** Absent: as `base` is split, or at 5 GB. */
  readonly maxShardBytes?: number | undefined;
  /** The processes that write together. Default: this one alone. */
  readonly group?: WritingGroup | undefined;
}

/**
 * Write tensors into a directory as Hugging Face weights.
 * @throws AutomodelError `bad-argument` for a limit that is not a positive whole number, and as
 * writeSafetensors.
 */
export async function writeWeights(
  directory: string,
  tensors: readonly TensorSource[],
  { base, maxShardBytes, group = ALONE }: WriteWeightsOptions = {},
): Promise<void> {
  if (maxShardBytes !== undefined && !(Number.isSafeInteger(maxShardBytes) && maxShardBytes > 0))
    throw new AutomodelError(
      'bad-argument',
      `maxShardBytes ${maxShardBytes} is not a positive whole number`,
    );
  const asBase =
    base === undefined || maxShardBytes !== undefined ? undefined : splitAsBase(tensors, base);
  const files = asBase ?? numbered(splitBySize(tensors, maxShardBytes ?? DEFAULT_MAX_SHARD_BYTES));
  const storedName = (name: string): string => base?.storedName(name) ?? name;
  for (const [name, list] of files)
    await writeSafetensors(
      join(directory, name),
      list.map((tensor) => ({ ...tensor, name: storedName(tensor.name) })),
      { group },
    );
  if (files.size === 1 && files.has(SINGLE)) return;
  const weightMap = [...files]
    .flatMap(([file, list]) =>
      list.map((tensor): [string, string] => [storedName(tensor.name), file]),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const totalSize = tensors.reduce((sum, tensor) => sum + sourceBytes(tensor), 0);
  const index = { metadata: { total_size: totalSize }, weight_map: Object.fromEntries(weightMap) };
  if (group.rank === 0)
    await writeFile(
      join(directory, 'model.safetensors.index.json'),
      `${JSON.stringify(index, null, 2)}\n`,
    );
}
