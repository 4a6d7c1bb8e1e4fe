// From the tensors of a Hugging Face folder to those of a GGUF file: names, storage types and what
// changes on the way. Every tensor of the folder has a place in the file or is refused by name.
import type { HuggingFaceFolder, StoredTensor } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { BLOCK, type TensorType } from '../gguf/tensor-type.js';
import { tensorStream, type TensorChange } from '../gguf/tensor-stream.js';
import type { GgufTensor } from '../gguf/write-gguf.js';
import type { ModelDescription } from './describe-model.js';

/** The format's table of names: these two, and the modules of each family. */
const EMBEDDING = 'model.embed_tokens.weight';
const HEAD = 'lm_head.weight';

/** Tables that older checkpoints carry and no model reads. */
const COMPUTED = /\.rotary_emb\.inv_freq$/;

export interface ModelTensors {
  readonly tensors: readonly GgufTensor[];
  readonly notes: readonly string[];
}

/**
 * A module's GGUF name and what happens to its rows: queries and keys are re-ordered and scaled,
 * norms shifted. Also for matrices B of adapters.
 */
export function moduleChange(
  { family, headWidth, queryScale }: ModelDescription,
  module: string,
): TensorChange {
  const isQuery = module === 'self_attn.q_proj';
  const hasQueryNorm = family.modules.has('self_attn.q_norm');
  const scaled = queryScale !== 1 && (hasQueryNorm ? module === 'self_attn.q_norm' : isQuery);
  return {
    add: module.endsWith('norm') && family.normShift === 1 ? 1 : undefined,
    scale: scaled ? queryScale : undefined,
    pairRows:
      family.pairedRotation && (isQuery || module === 'self_attn.k_proj') ? headWidth : undefined,
  };
}

/**
 * Names in the folder, with their names in the file and their changes, in the file's order. Absent
 * biases are left out.
 */
function places(
  description: ModelDescription,
  has: (name: string) => boolean,
): [string, string, TensorChange][] {
  const { family, layers, tiedHead } = description;
  const result: [string, string, TensorChange][] = [[EMBEDDING, 'token_embd.weight', {}]];
  for (let layer = 0; layer < layers; layer += 1) {
    for (const [module, name] of family.modules) {
      const [source, target] = [`model.layers.${layer}.${module}`, `blk.${layer}.${name}`];
      const change = moduleChange(description, module);
      result.push([`${source}.weight`, `${target}.weight`, change]);
      if (family.biases.includes(module) && has(`${source}.bias`))
        result.push([`${source}.bias`, `${target}.bias`, change]);
    }
  }
  result.push(['model.norm.weight', 'output_norm.weight', moduleChange(description, 'norm')]);
  if (family.ownHead && !tiedHead) result.push([HEAD, 'output.weight', {}]);
  return result;
}

/** Vectors stay f32; rows that Q8_0's blocks do not divide become f16. */
function storageOf(shape: readonly number[], type: TensorType): TensorType {
  const [rows, width = 0] = [shape.length, shape.at(-1)];
  if (rows < 2) return 'f32';
  return type === 'q8_0' && width % BLOCK !== 0 ? 'f16' : type;
}

/**
 * Errors: `missing-parameter` and `unsupported` by tensor name; `bad-config` for an embedding of
 * another size than vocab_size.
 */
export function modelTensors(
  folder: HuggingFaceFolder,
  description: ModelDescription,
  type: TensorType,
): ModelTensors {
  const { weights, path } = folder;
  const planned = places(description, (name) => weights.has(name));
  checkLeftOver(folder, description, new Set(planned.map(([name]) => name)));
  const rows = weights.entry(EMBEDDING).shape[0];
  if (rows !== description.vocabularySize)
    throw new AutomodelError(
      'bad-config',
      `vocab_size is ${description.vocabularySize}, but ${EMBEDDING} has ${rows} rows`,
      { location: `${path}/config.json` },
    );
  const entries = planned.map(([source, target, change]) => ({
    entry: weights.entry(source),
    target,
    change,
  }));
  const tensors = entries.map(({ entry, target, change }) =>
    tensorStream(entry, target, storageOf(entry.shape, type), change),
  );
  if (description.ropeDivisors !== undefined) tensors.push(divisorTensor(description.ropeDivisors));
  const unblocked = entries.filter(
    ({ entry }) => storageOf(entry.shape, type) !== type && entry.shape.length > 1,
  ).length;
  return {
    tensors,
    notes:
      unblocked === 0
        ? []
        : [
            `${unblocked} of ${tensors.length} tensors have rows that blocks of ${BLOCK} do not ` +
              'divide; they are stored as f16.',
          ],
  };
}

/**
 * Refuses tensors without a place. A stored head is left out when the config ties it, because the
 * model does not compute with it.
 */
function checkLeftOver(
  { weights }: HuggingFaceFolder,
  { family, tiedHead }: ModelDescription,
  placed: ReadonlySet<string>,
): void {
  for (const tensor of weights.tensors.values()) {
    if (placed.has(tensor.name) || COMPUTED.test(tensor.name)) continue;
    const ownHead = tensor.name === HEAD;
    if (ownHead && tiedHead) continue;
    const why = ownHead ? ', which reads the embedding as its head' : '';
    throw new AutomodelError(
      'unsupported',
      `tensor ${tensor.name} has no place in a GGUF file of ${family.architecture}${why}`,
      { location: tensor.file },
    );
  }
}

function divisorTensor(values: Float32Array): GgufTensor {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
  return { name: 'rope_freqs.weight', shape: [values.length], type: 'f32', chunks };
}

/** The type that holds most of the stored bytes. */
export function storedType(entries: Iterable<StoredTensor>): TensorType {
  const bytes = new Map<TensorType, number>();
  for (const { dtype, length } of entries)
    if (dtype === 'f32' || dtype === 'f16' || dtype === 'bf16')
      bytes.set(dtype, (bytes.get(dtype) ?? 0) + length);
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'f32';
}
