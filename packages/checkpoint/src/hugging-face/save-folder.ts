// Saves a fine-tuned model as a complete Hugging Face folder: the base's config (changed only where
// the model changed), its tokenizer, template and generation files byte for byte, and the weights.
// Tensors of the base that the model does not read are copied byte for byte. The folder appears in
// one step or not at all.
import { constants } from 'node:fs';
import { copyFile, mkdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { AutomodelError, isFloat, type DType } from '@automodel/core';
import { foreignNote } from '../files/own-files.js';
import { publishDirectory, type PublishOptions } from '../files/publish-directory.js';
import { ALONE, allSucceed, type WritingGroup } from '../files/writing-group.js';
import type { JsonValue } from '../json/parse-json.js';
import { finiteSource } from '../safetensors/finite-source.js';
import { convertSource, sourceOfStored, type TensorSource } from '../safetensors/tensor-source.js';
import type { StoredTensor } from '../safetensors/stored-tensor.js';
import { dtypeOfStorage, storageOfDType } from '../safetensors/storage-type.js';
import { sourceBytes } from '../safetensors/source-bytes.js';
import type { HuggingFaceFolder } from './hugging-face-folder.js';
import { decideHead, type HeadDecision, type HeadTying } from './tied-head.js';
import { writeWeights } from './write-weights.js';

/** What to save and how. */
export interface SaveFolderOptions extends PublishOptions {
  /** Where the folder goes; its parent is made when missing. */
  readonly directory: string;
  /**
   * The folder the model came from: its config, companion files, stored types, shard layout and
   * unknown tensors.
   */
  readonly base: HuggingFaceFolder;
  /** The model's tensors by their Hugging Face names, in the model's order. */
  readonly tensors: readonly TensorSource[];
  /**
   * Stored type of floating-point tensors. Default: each as in the base's file; a tensor that the
   * base lacks keeps its own.
   */
  readonly dtype?: DType;
  /** `as-stored` leaves the head as it is, for models that do not say whether it is tied. */
  readonly tying: HeadTying | 'as-stored';
  /** Top-level members of config.json that training changed, such as vocab_size. */
  readonly configChanges?: Readonly<Record<string, JsonValue>>;
  /**
   * Further files to write, by name relative to the folder; they replace companion files of that
   * name.
   */
  readonly extraFiles?: ReadonlyMap<string, string | Uint8Array>;
  /** Cut weights at this size. Absent: as the base is split, or at 5 GB. */
  readonly maxShardBytes?: number;
}

/**
 * What was written: the absolute path, the files in it, and what tie_word_embeddings was set to
 * (undefined: left as it was).
 */
export interface SavedFolder {
  readonly directory: string;
  readonly files: readonly string[];
  readonly tieWordEmbeddings: boolean | undefined;
  /** Remarks on what was left out. */
  readonly notes: readonly string[];
}

const AS_STORED: HeadDecision = { omit: undefined, flag: undefined };

const TORCH_NAMES: Partial<Record<DType, string>> = {
  f32: 'float32',
  bf16: 'bfloat16',
  f16: 'float16',
  f64: 'float64',
};

function finalTensors(options: SaveFolderOptions): Map<string, TensorSource> {
  const { dtype } = options;
  const result = new Map<string, TensorSource>();
  for (const tensor of options.tensors) {
    if (result.has(tensor.name))
      throw new AutomodelError('bad-argument', `two tensors are named ${tensor.name}`);
    const own = dtypeOfStorage(tensor.storageType);
    const asBase = storedLike(options, tensor.name)?.storageType ?? tensor.storageType;
    const target =
      dtype !== undefined && own !== undefined && isFloat(own) ? storageOfDType(dtype) : asBase;
    result.set(tensor.name, convertSource(tensor, target));
  }
  return result;
}

/**
 * The base's tensor whose type is taken: a head that was tied so far is stored as the embedding.
 */
function storedLike({ base, tying }: SaveFolderOptions, name: string): StoredTensor | undefined {
  const { tensors } = base.weights;
  const isHead = tying !== 'as-stored' && name === tying.head;
  return tensors.get(name) ?? (isHead ? tensors.get(tying.embedding) : undefined);
}

/** The floating-point dtype that holds the most bytes. */
function mainDType(tensors: Iterable<TensorSource>): DType | undefined {
  const bytes = new Map<DType, number>();
  for (const tensor of tensors) {
    const dtype = dtypeOfStorage(tensor.storageType);
    if (dtype !== undefined && isFloat(dtype))
      bytes.set(dtype, (bytes.get(dtype) ?? 0) + sourceBytes(tensor));
  }
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/**
 * config.json says what is stored, but it is changed only when this save decided the types: an
 * untouched base keeps its entry.
 */
function dtypeChange(
  options: SaveFolderOptions,
  tensors: Iterable<TensorSource>,
): Record<string, JsonValue> {
  const { base, dtype } = options;
  if (dtype === undefined && base.weights.tensors.size > 0) return {};
  const stored = mainDType(tensors);
  return stored === undefined || stored === base.dtype
    ? {}
    : { [base.dtypeKey]: TORCH_NAMES[stored] ?? stored };
}

async function writeFiles(
  directory: string,
  options: SaveFolderOptions,
  configChanges: Readonly<Record<string, JsonValue>>,
): Promise<void> {
  const { base, extraFiles = new Map<string, string | Uint8Array>() } = options;
  await writeFile(join(directory, 'config.json'), base.editedConfig(configChanges));
  for (const name of base.companions.filter((companion) => !extraFiles.has(companion))) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await copyFile(join(base.path, name), join(directory, name), constants.COPYFILE_EXCL);
  }
  for (const [name, content] of extraFiles) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
}

/**
 * Save a model as a Hugging Face folder, atomically. Processes of a group all call it.
 * @throws AutomodelError `conflict` when the place is taken (or is the base's own folder),
 * `bad-argument` for tensors that do not fit, `not-finite` naming a tensor that holds NaN or an
 * infinite number, `io` when the disk fails; nothing is left behind in these cases.
 */
export async function saveHuggingFaceFolder(options: SaveFolderOptions): Promise<SavedFolder> {
  const { group = ALONE } = options;
  return allSucceed(group, () => save(options, group));
}

async function save(options: SaveFolderOptions, group: WritingGroup): Promise<SavedFolder> {
  const { base, tying, maxShardBytes } = options;
  const directory = resolve(options.directory);
  const place = await realpath(directory).catch(() => directory);
  if (`${await realpath(base.path)}${sep}`.startsWith(`${place}${sep}`)) {
    throw new AutomodelError(
      'conflict',
      "the output folder is or holds the base model's own folder",
      { location: directory, hint: 'choose another output folder' },
    );
  }
  const tensors = finalTensors(options);
  const head = tying === 'as-stored' ? AS_STORED : await decideHead(base, tensors, tying, group);
  for (const stored of base.weights.tensors.values())
    if (!tensors.has(stored.name)) tensors.set(stored.name, sourceOfStored(stored));
  if (head.omit !== undefined) tensors.delete(head.omit);
  const configChanges = {
    ...options.configChanges,
    ...dtypeChange(options, tensors.values()),
    ...(head.flag === undefined ? {} : { tie_word_embeddings: head.flag }),
  };
  const files = await publishDirectory(
    directory,
    async (built) => {
      if (group.rank === 0) await writeFiles(built, options, configChanges);
      const finite = [...tensors.values()].map(finiteSource);
      await writeWeights(built, finite, { base: base.weights, maxShardBytes, group });
    },
    options,
  );
  const notes = base.foreignFiles.map(foreignNote);
  return { directory, files, tieWordEmbeddings: head.flag, notes };
}
