// A PEFT adapter folder: adapter_config.json and adapter_model.safetensors, opened without reading
// a tensor, and written beside its place and renamed. What the config means is decided by the
// adapter's package.
import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { publishDirectory, type PublishOptions } from '../files/publish-directory.js';
import { readJsonFile } from '../files/read-json-file.js';
import { ALONE, allSucceed, type WritingGroup } from '../files/writing-group.js';
import type { JsonObject, JsonValue } from '../json/parse-json.js';
import { finiteSource } from '../safetensors/finite-source.js';
import { openSafetensors } from '../safetensors/open-safetensors.js';
import type { StoredTensor } from '../safetensors/stored-tensor.js';
import type { TensorSource } from '../safetensors/tensor-source.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import type { HuggingFaceFolder } from './hugging-face-folder.js';
import { foreignNote } from '../files/own-files.js';
import { isTokenizerFile } from './tokenizer-files.js';
import { savedAdapterName } from './adapter-tensor-name.js';
import type { SavedFolder } from './save-folder.js';
import { unwrapAdapter, wrapAdapter } from './wrapped-adapter.js';

const CONFIG = 'adapter_config.json';
const TENSORS = 'adapter_model.safetensors';
const PICKLED = 'adapter_model.bin';

/** An opened adapter folder. */
export interface AdapterFolder {
  /** Absolute. */
  readonly path: string;
  readonly config: JsonObject;
  /** By the names that PEFT saves them under, whatever the file has. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * `base`: the model below it, if names are to be those of its text part. Errors: `missing-file`
 * naming what the folder lacks; `unsupported` for pickled tensors; `bad-file`.
 */
export async function openAdapterFolder(
  directory: string,
  base?: HuggingFaceFolder,
): Promise<AdapterFolder> {
  const path = resolve(directory);
  const config = await readJsonFile(join(path, CONFIG));
  if (config === undefined)
    throw new AutomodelError('missing-file', `no ${CONFIG}`, {
      location: path,
      hint: 'name the folder of a PEFT adapter',
    });
  if (!existsSync(join(path, TENSORS)) && existsSync(join(path, PICKLED)))
    throw new AutomodelError('unsupported', `${PICKLED} is not read: pickled files can run code`, {
      location: path,
      hint: 'load the adapter with PEFT and save it again: save_pretrained writes safetensors',
    });
  const { tensors } = await openSafetensors(join(path, TENSORS));
  const saved = { config: config.value, tensors: [...byName(tensors).values()] };
  const named = base?.textPlace === undefined ? saved : unwrapAdapter(saved);
  return { path, config: named.config, tensors: byName(named.tensors) };
}

/** Errors: `bad-file` for two tensors that PEFT saves under one name. */
function byName(tensors: readonly StoredTensor[]): ReadonlyMap<string, StoredTensor> {
  const named = new Map<string, StoredTensor>();
  for (const tensor of tensors) {
    const name = savedAdapterName(tensor.name);
    if (named.has(name))
      throw new AutomodelError('bad-file', `two tensors are ${name}: one is ${tensor.name}`, {
        location: tensor.file,
      });
    named.set(name, { ...tensor, name });
  }
  return named;
}

/** Whether a member of adapter_config.json says something: not null, false, "none" or empty. */
export const isSetting = (value: JsonValue | undefined): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  value !== 'none' &&
  !(typeof value === 'object' && Object.keys(value).length === 0);

/** What to save, and where. */
export interface SaveAdapterOptions extends PublishOptions {
  readonly directory: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** By the names they have in the file; below a text part alone, by its names. */
  readonly tensors: readonly TensorSource[];
  /** Its tokenizer files and chat template are written beside the adapter. */
  readonly base: HuggingFaceFolder;
  /** Further files, by name; they replace the base's of that name. */
  readonly extraFiles?: ReadonlyMap<string, string | Uint8Array>;
}

/** Errors: as `saveHuggingFaceFolder`; nothing is left behind when it fails. */
export async function saveAdapterFolder(options: SaveAdapterOptions): Promise<SavedFolder> {
  const { group = ALONE } = options;
  return allSucceed(group, () => save(options, group));
}

async function save(
  {
    directory,
    config,
    tensors,
    base,
    extraFiles = new Map<string, string | Uint8Array>(),
    ...publish
  }: SaveAdapterOptions,
  group: WritingGroup,
): Promise<SavedFolder> {
  const path = resolve(directory);
  const { textPlace } = base;
  const saved =
    textPlace === undefined ? { config, tensors } : wrapAdapter({ config, tensors }, textPlace);
  const files = await publishDirectory(
    path,
    async (built) => {
      await writeSafetensors(join(built, TENSORS), saved.tensors.map(finiteSource), { group });
      if (group.rank !== 0) return;
      await writeFile(
        join(built, CONFIG),
        `${JSON.stringify(sortedByKey(saved.config), null, 2)}\n`,
      );
      for (const name of base.companions.filter(
        (file) => isTokenizerFile(file) && !extraFiles.has(file),
      ))
        await copyFile(join(base.path, name), join(built, name));
      for (const [name, content] of extraFiles) await writeFile(join(built, name), content);
    },
    publish,
  );
  const notes = base.foreignFiles.filter(isTokenizerFile).map(foreignNote);
  return { directory: path, files, tieWordEmbeddings: undefined, notes };
}

const sortedByKey = (config: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)));
