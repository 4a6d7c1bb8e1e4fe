// The weights of a Hugging Face folder: model.safetensors, or shards named by
// model.safetensors.index.json, or a complete set of model-0000k-of-0000N.safetensors without an
// index.
// All headers are validated when opened and each tensor is known by its Hugging Face name; no
// tensor is read.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { isJsonObject, readJsonFile, type JsonFile } from '../files/read-json-file.js';
import { openSafetensors, type SafetensorsFile } from '../safetensors/open-safetensors.js';
import { tensorEntry, type StoredTensor, type TensorEntry } from '../safetensors/stored-tensor.js';

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const INCOMPLETE = 'the download is incomplete: fetch the folder again';
const SHARD = /^model-(\d{5})-of-(\d{5})\.safetensors$/;

/** The tensors of a folder by name, over all its files. */
export class Weights {
  readonly tensors: ReadonlyMap<string, StoredTensor>;

  /** @throws AutomodelError `bad-file` when two files hold a tensor of one name. */
  constructor(
    readonly files: readonly SafetensorsFile[],
    private readonly directory: string,
  ) {
    const tensors = new Map<string, StoredTensor>();
    for (const tensor of files.flatMap((file) => file.tensors)) {
      const other = tensors.get(tensor.name);
      if (other !== undefined)
        throw new AutomodelError(
          'bad-file',
          `tensor ${tensor.name} is also in ${basename(other.file)}`,
          { location: tensor.file },
        );
      tensors.set(tensor.name, tensor);
    }
    this.tensors = tensors;
  }

  get names(): string[] {
    return [...this.tensors.keys()];
  }

  /** Bytes of all tensors. */
  get totalBytes(): number {
    return [...this.tensors.values()].reduce((sum, tensor) => sum + tensor.length, 0);
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /**
   * @throws AutomodelError `missing-parameter` naming tensor and folder; `unsupported` for a type
   * that cannot be computed with.
   */
  entry(name: string): TensorEntry {
    const tensor = this.tensors.get(name);
    if (tensor === undefined)
      throw new AutomodelError('missing-parameter', `no tensor named ${name}`, {
        location: this.directory,
      });
    return tensorEntry(tensor);
  }
}

function weightMap(index: JsonFile): Map<string, string> {
  const map = index.value['weight_map'];
  if (!isJsonObject(map))
    throw new AutomodelError('bad-file', 'no weight_map object', { location: index.path });
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file !== 'string' || basename(file) !== file || !file.endsWith('.safetensors')) {
      throw new AutomodelError(
        'bad-file',
        `tensor ${tensor}: ${JSON.stringify(file)} is not the name of a safetensors file in this ` +
          'folder',
        { location: index.path },
      );
    }
  }
  return new Map(Object.entries(map) as [string, string][]);
}

/**
 * Index and shards must name the same tensors: a tensor only one of them knows means a shard of
 * another download.
 */
function checkIndex(index: JsonFile, map: ReadonlyMap<string, string>, weights: Weights): void {
  for (const [name, file] of map) {
    const tensor = weights.tensors.get(name);
    if (tensor === undefined)
      throw new AutomodelError('bad-file', `tensor ${name} is not in ${file}`, {
        location: index.path,
      });
    if (basename(tensor.file) !== file)
      throw new AutomodelError(
        'bad-file',
        `tensor ${name} is in ${basename(tensor.file)}, not in ${file}`,
        { location: index.path },
      );
  }
  const unlisted = [...weights.tensors.values()].find((tensor) => !map.has(tensor.name));
  if (unlisted !== undefined)
    throw new AutomodelError(
      'bad-file',
      `tensor ${unlisted.name} of ${basename(unlisted.file)} is not in the index`,
      { location: index.path },
    );
}

async function openIndexed(
  directory: string,
  index: JsonFile,
  present: ReadonlySet<string>,
): Promise<Weights> {
  const map = weightMap(index);
  const names = [...new Set(map.values())].sort();
  for (const name of names) {
    if (!present.has(name)) {
      throw new AutomodelError(
        'missing-file',
        `the index names ${name}, which is not in the folder`,
        { location: index.path, hint: INCOMPLETE },
      );
    }
  }
  const weights = new Weights(
    await Promise.all(names.map((name) => openSafetensors(join(directory, name)))),
    directory,
  );
  checkIndex(index, map, weights);
  return weights;
}

async function openUnindexed(directory: string, shards: readonly string[]): Promise<Weights> {
  const count = Number(SHARD.exec(shards[0] ?? '')?.[2]);
  const digits = (number: number): string => String(number).padStart(5, '0');
  const expected = Array.from(
    { length: count },
    (_, i) => `model-${digits(i + 1)}-of-${digits(count)}.safetensors`,
  );
  const missing = expected.find((name) => !shards.includes(name));
  const strange = shards.find((name) => !expected.includes(name));
  if (missing !== undefined || strange !== undefined) {
    const what =
      missing === undefined
        ? `${strange ?? ''} does not belong to the ${count} shards`
        : `shard ${missing} is missing`;
    throw new AutomodelError('missing-file', `${what} and there is no ${INDEX}`, {
      location: directory,
      hint: INCOMPLETE,
    });
  }
  return new Weights(
    await Promise.all(expected.map((name) => openSafetensors(join(directory, name)))),
    directory,
  );
}

const noWeights = (directory: string, names: readonly string[]): AutomodelError =>
  new AutomodelError('missing-file', `no ${SINGLE} and no ${INDEX}`, {
    location: directory,
    hint: hintFor(names),
  });

/** What to do about a folder that holds files of these names instead of weights. */
function hintFor(names: readonly string[]): string {
  const pickled = names.find((name) => /\.(bin|pt|pth)$/.test(name));
  if (pickled !== undefined)
    return (
      `${pickled} is in PyTorch's pickle format, which can run code when read; convert the ` +
      'model to safetensors first'
    );
  const gguf = names.find((name) => name.endsWith('.gguf'));
  if (gguf !== undefined)
    return (
      `${gguf} is a GGUF file, which is for inference; fetch the model in safetensors, from ` +
      'which it was made'
    );
  const other = names.filter((name) => name.endsWith('.safetensors'));
  if (other.length > 0) return `found ${other.join(', ')}; rename the weights to ${SINGLE}`;
  return 'check the path, or fetch the folder again';
}

/**
 * Open the weights of a folder. A single model.safetensors wins over an index, as in transformers.
 * @throws AutomodelError `missing-file` or `bad-file` naming folder, file and tensor.
 */
export async function openWeights(directory: string): Promise<Weights> {
  const names = await readdir(directory);
  const present = new Set(names);
  if (present.has(SINGLE))
    return new Weights([await openSafetensors(join(directory, SINGLE))], directory);
  const index = await readJsonFile(join(directory, INDEX));
  if (index !== undefined) return openIndexed(directory, index, present);
  const shards = names.filter((name) => SHARD.test(name)).sort();
  if (shards.length > 0) return openUnindexed(directory, shards);
  throw noWeights(directory, names);
}
