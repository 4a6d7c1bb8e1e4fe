// Opens the weights of a Hugging Face folder: model.safetensors, or shards named by
// model.safetensors.index.json, or a complete set of model-0000k-of-0000N.safetensors without an
// index. The headers of all files are validated; no tensor is read.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { isJsonObject, readJsonFile, type JsonFile } from '../files/read-json-file.js';
import { openSafetensors, type SafetensorsFile } from '../safetensors/open-safetensors.js';
import { Weights, type WeightNames } from './weights.js';

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const INCOMPLETE = 'the download is incomplete: fetch the folder again';
const SHARD = /^model-(\d{5})-of-(\d{5})\.safetensors$/;
/** A head that is tied to the embedding; exporters list it although they leave it out. */
const HEAD = /(^|\.)lm_head\.weight$/;

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
 * another download. A head may be listed and missing, because it may be tied to the embedding; the
 * model says so if it needs one.
 */
function checkIndex(
  index: JsonFile,
  map: ReadonlyMap<string, string>,
  files: readonly SafetensorsFile[],
): void {
  const tensors = new Map(
    files.flatMap((file) => file.tensors.map((tensor) => [tensor.name, tensor])),
  );
  for (const [name, file] of map) {
    const tensor = tensors.get(name);
    if (tensor === undefined && HEAD.test(name)) continue;
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
  const unlisted = [...tensors.values()].find((tensor) => !map.has(tensor.name));
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
  naming: WeightNames,
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
  const files = await Promise.all(names.map((name) => openSafetensors(join(directory, name))));
  checkIndex(index, map, files);
  return new Weights(files, directory, naming);
}

async function openUnindexed(
  directory: string,
  shards: readonly string[],
  naming: WeightNames,
): Promise<Weights> {
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
    naming,
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
export async function openWeights(directory: string, naming: WeightNames = {}): Promise<Weights> {
  const names = await readdir(directory);
  const present = new Set(names);
  if (present.has(SINGLE))
    return new Weights([await openSafetensors(join(directory, SINGLE))], directory, naming);
  const index = await readJsonFile(join(directory, INDEX));
  if (index !== undefined) return openIndexed(directory, index, present, naming);
  const shards = names.filter((name) => SHARD.test(name)).sort();
  if (shards.length > 0) return openUnindexed(directory, shards, naming);
  throw noWeights(directory, names);
}
