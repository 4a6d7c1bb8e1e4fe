// A model folder as Hugging Face lays it out: config.json, weights and the files that belong to
// them. Opening validates everything and reads no tensor. Of an image-and-text model it shows the
// text part. What older and newer spellings of a config mean is decided where models are built.
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AutomodelError, parseDType, type DType } from '@automodel/core';
import { readJsonFile, type JsonFile } from '../files/read-json-file.js';
import { editJson } from '../json/edit-json.js';
import type { JsonObject, JsonValue } from '../json/parse-json.js';
import { companionFiles } from './companion-files.js';
import { openWeights } from './open-weights.js';
import { editTextPart, textPart, textPlace } from './text-part.js';
import { Weights } from './weights.js';

/**
 * `withoutWeights`: a folder that only describes a model (config and tokenizer), for random
 * initialisation; `weights` is then empty.
 */
export interface OpenFolderOptions {
  readonly withoutWeights?: boolean;
}

const isTokenId = (value: JsonValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function tokenIds(
  file: Pick<JsonFile, 'path' | 'value'> | undefined,
  key: string,
): number[] | undefined {
  const value = file?.value[key];
  if (file === undefined || value === undefined || value === null) return undefined;
  const list = Array.isArray(value) ? value : [value];
  if (!list.every(isTokenId))
    throw new AutomodelError(
      'bad-config',
      `${key} ${JSON.stringify(value)} is neither a token id nor a list of token ids`,
      { location: file.path },
    );
  return list;
}

async function checkDirectory(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw new AutomodelError('missing-file', 'no such folder', {
      location: path,
      hint: 'relative paths start at the working directory',
    });
  if (!found.isDirectory())
    throw new AutomodelError('bad-argument', 'not a folder', {
      location: path,
      hint: 'name the folder that holds config.json',
    });
}

/**
 * A PEFT adapter is not a model: loading only its base, or only its config, would silently drop the
 * other half.
 */
async function refuseAdapter(path: string): Promise<void> {
  const adapter = await readJsonFile(join(path, 'adapter_config.json'));
  if (adapter === undefined) return;
  const base = adapter.value['base_model_name_or_path'];
  const named = typeof base === 'string' && base !== '' ? ` (${base})` : '';
  throw new AutomodelError('unsupported', 'the folder holds a PEFT adapter, not a model', {
    location: adapter.path,
    hint:
      `name its base model${named} and give this folder as its adapter (--model BASE --adapter ` +
      'FOLDER), or merge the two first',
  });
}

/** An opened model folder. */
export class HuggingFaceFolder {
  private constructor(
    /** Absolute path of the folder. */
    readonly path: string,
    /** config.json: parsed, and its exact text and bytes. */
    readonly configFile: JsonFile,
    /** generation_config.json, if there is one. */
    readonly generationConfigFile: JsonFile | undefined,
    readonly weights: Weights,
    /** Names of the files that a save copies byte for byte. */
    readonly companions: readonly string[],
    /** Names of links that lead out of the folder, which a save leaves out. */
    readonly foreignFiles: readonly string[],
    /** The text part's config; undefined: the whole model is one that computes with text. */
    private readonly textConfig: JsonObject | undefined,
  ) {}

  /**
   * Open a model folder.
   * @throws AutomodelError `missing-file`, `bad-file`, `bad-config`, or `unsupported` for an
   * adapter folder, each naming the file.
   */
  static async open(
    directory: string,
    options: OpenFolderOptions = {},
  ): Promise<HuggingFaceFolder> {
    const path = resolve(directory);
    await checkDirectory(path);
    await refuseAdapter(path);
    const config = await readJsonFile(join(path, 'config.json'));
    if (config === undefined)
      throw new AutomodelError('missing-file', 'no config.json', {
        location: path,
        hint: 'name a folder in Hugging Face layout',
      });
    const generationConfig = await readJsonFile(join(path, 'generation_config.json'));
    // a recorded graph computes the model as it was recorded, under the names of the files
    const isRecorded = 'text_config' in config.value && existsSync(join(path, 'graph.json'));
    const weights =
      options.withoutWeights === true
        ? new Weights([], path)
        : await openWeights(path, { asStored: isRecorded });
    const { own, foreign } = await companionFiles(path);
    const folder = new HuggingFaceFolder(
      path,
      config,
      generationConfig,
      weights,
      own,
      foreign,
      isRecorded ? undefined : await textPart(config.value, weights),
    );
    void [folder.eosTokenIds, folder.dtype]; // refuses malformed values now, not after training
    return folder;
  }

  /** config.json as it is in the file; of an image-and-text model, its text part's alone. */
  get config(): JsonObject {
    return this.textConfig ?? this.configFile.value;
  }

  /** Of an image-and-text model, where transformers has the modules of its text part. */
  get textPlace(): string | undefined {
    return this.textConfig === undefined ? undefined : textPlace(this.configFile.value);
  }

  /** The dtype of a tensor of the folder; without weights, the one that config.json names. */
  storedDType(name: string): DType {
    const { tensors } = this.weights;
    return tensors.get(name)?.dtype ?? (tensors.size === 0 ? this.dtype : undefined) ?? 'f32';
  }

  /** The text of config.json with members of `config` changed, or its bytes if there are none. */
  editedConfig(changes: Readonly<Record<string, JsonValue>>): string | Uint8Array {
    if (Object.keys(changes).length === 0) return this.configFile.bytes;
    return this.textConfig === undefined
      ? editJson(this.configFile.text, changes)
      : editTextPart(this.configFile, changes);
  }

  /** generation_config.json as it is in the file; empty when there is none. */
  get generationConfig(): JsonObject {
    return this.generationConfigFile?.value ?? {};
  }

  /** `model_type` of config.json. @throws AutomodelError `bad-config` when absent. */
  get modelType(): string {
    const value = this.config['model_type'];
    if (typeof value !== 'string')
      throw new AutomodelError('bad-config', 'no model_type', { location: this.configFile.path });
    return value;
  }

  /**
   * The key under which config.json names its dtype: `dtype` as transformers 5 writes it,
   * `torch_dtype` as 4 did; by version when neither is there.
   */
  get dtypeKey(): 'dtype' | 'torch_dtype' {
    if ('dtype' in this.config) return 'dtype';
    if ('torch_dtype' in this.config) return 'torch_dtype';
    return /^[0-4]\./.test(String(this.configFile.value['transformers_version'] ?? ''))
      ? 'torch_dtype'
      : 'dtype';
  }

  /**
   * The dtype config.json names; undefined when it names none. @throws AutomodelError `bad-config`
   * for an unknown name.
   */
  get dtype(): DType | undefined {
    const value = this.config[this.dtypeKey];
    if (value === undefined || value === null) return undefined;
    const dtype = typeof value === 'string' ? parseDType(value) : undefined;
    if (dtype === undefined)
      throw new AutomodelError(
        'bad-config',
        `${this.dtypeKey} ${JSON.stringify(value)} is not a dtype`,
        { location: this.configFile.path },
      );
    return dtype;
  }

  /**
   * Ids that end generation: generation_config.json's eos_token_id, else config.json's; empty when
   * neither names one.
   */
  get eosTokenIds(): readonly number[] {
    return (
      tokenIds(this.generationConfigFile, 'eos_token_id') ??
      tokenIds({ path: this.configFile.path, value: this.config }, 'eos_token_id') ??
      []
    );
  }
}
