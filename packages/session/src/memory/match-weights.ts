// Checks the tensors of a Hugging Face folder against the parameters that the model reads. An error
// names all the tensors that it concerns.
import {
  sameBytes,
  sourceOfStored,
  tensorEntry,
  type StoredTensor,
  type TensorEntry,
} from '@automodel/checkpoint';
import { AutomodelError, formatShape, isFloat, sameShape } from '@automodel/core';
import type { LanguageModel, ParameterNames, ParameterRecord } from '@automodel/contracts';

/** Tensors of a folder by Hugging Face name. */
export type StoredTensors = ReadonlyMap<string, StoredTensor>;

/** Weights matched with a model. */
export interface MatchedWeights {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /** Tensors of the folder that the model does not read; a save carries them byte for byte. */
  readonly unused: readonly string[];
  /** Remarks on what was found, one sentence each; none is an error. */
  readonly notes: readonly string[];
}

const SHOWN = 5;
/** Tables that older checkpoints store although they follow from the config. */
const DERIVED = /\.(rotary_emb\.inv_freq|masked_bias)$/;

const list = (names: readonly string[]): string =>
  names.slice(0, SHOWN).join(', ') +
  (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '');
const moduleOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('.')));
const layerOf = (name: string): string | undefined => /^(.*\.layers\.\d+)\./.exec(name)?.[1];

/**
 * Finds each parameter in `tensors`. Errors name the tensors and `where`: `missing-parameter`;
 * `bad-shape`; `bad-file` for a tensor inside a layer that the model reads but does not use (the
 * config then describes another model) and for a head that contradicts a tied config; `unsupported`
 * for a storage type without arithmetic.
 */
export async function matchWeights(
  model: LanguageModel,
  records: readonly ParameterRecord[],
  tensors: StoredTensors,
  where: string,
): Promise<MatchedWeights> {
  const missing = records.filter((r) => !tensors.has(r.name)).map((r) => r.name);
  if (missing.length > 0)
    throw new AutomodelError('missing-parameter', `the weights lack ${list(missing)}`, {
      location: where,
      hint: `config.json describes a ${model.modelType} model that reads ${records.length} tensors`,
    });
  const entries = new Map(records.map((r) => [r.name, entryFor(r, tensors.get(r.name)!)]));
  const rest = [...tensors.keys()].filter((name) => !entries.has(name));
  const { names, tiedHead = false, ignoresTensors = false } = model;
  const notes: string[] = [];
  if (tiedHead && names !== undefined && tensors.has(names.head))
    notes.push(await checkTiedHead(names, tensors, where));
  const unused = rest.filter((name) => !(tiedHead && name === names?.head));
  if (!ignoresTensors) refuseContradictions(records, unused, where);
  if (unused.length > 0)
    notes.push(`the model does not read ${list(unused)}; they are kept as they are.`);
  return { entries, unused, notes };
}

function entryFor(record: ParameterRecord, tensor: StoredTensor): TensorEntry {
  if (!sameShape(tensor.shape, record.shape))
    throw new AutomodelError(
      'bad-shape',
      `tensor ${record.name} has shape ${formatShape(tensor.shape)}, config.json asks for ` +
        `${formatShape(record.shape)}`,
      { location: tensor.file },
    );
  const entry = tensorEntry(tensor);
  if (record.dtype !== undefined ? record.dtype !== entry.dtype : !isFloat(entry.dtype))
    throw new AutomodelError(
      'unsupported',
      `tensor ${record.name} is ${entry.storageType}; the model asks for ` +
        `${record.dtype ?? 'a float'}`,
      { location: tensor.file },
    );
  return entry;
}

/**
 * Loaders disagree about a stored head when the config ties it, so only one that equals the
 * embedding is accepted.
 */
async function checkTiedHead(
  names: ParameterNames,
  tensors: StoredTensors,
  where: string,
): Promise<string> {
  const [head, embedding] = [tensors.get(names.head)!, tensors.get(names.embedding)];
  const equal =
    embedding !== undefined && (await sameBytes(sourceOfStored(head), sourceOfStored(embedding)));
  if (!equal)
    throw new AutomodelError(
      'bad-file',
      `${names.head} differs from ${names.embedding}, but config.json ties them`,
      {
        location: where,
        hint: 'set tie_word_embeddings to false in config.json if the head was trained separately',
      },
    );
  return `${names.head} equals the embedding table it is tied to and is not read.`;
}

function refuseContradictions(
  records: readonly ParameterRecord[],
  unused: readonly string[],
  where: string,
): void {
  const modules = new Set(records.map((r) => moduleOf(r.name)));
  const layers = new Set(records.flatMap((r) => layerOf(r.name) ?? []));
  const wrong = unused.filter(
    (name) =>
      !DERIVED.test(name) && (modules.has(moduleOf(name)) || layers.has(layerOf(name) ?? '')),
  );
  if (wrong.length > 0)
    throw new AutomodelError(
      'bad-file',
      `the weights hold ${list(wrong)}, which the model described by config.json does not use`,
      {
        location: where,
        hint: 'config.json belongs to another model, or switches off what these weights are for',
      },
    );
}
