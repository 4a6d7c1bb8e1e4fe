// A LoRA adapter as a GGUF file that llama.cpp applies to its base: it has the base's names and row
// order, and an alpha with which llama.cpp's alpha / rank is the adapter's scale.
import { basename } from 'node:path';
import {
  HuggingFaceFolder,
  isSetting,
  openAdapterFolder,
  tensorEntry,
  type AdapterFolder,
  type StoredTensor,
} from '@automodel/checkpoint';
import type { ExportRequest, ExportResult } from '@automodel/contracts';
import { AutomodelError, formatShape } from '@automodel/core';
import { readTokenizerFiles } from '@automodel/data';
import { f32, text } from './gguf/gguf-value.js';
import { tensorStream } from './gguf/tensor-stream.js';
import type { TensorType } from './gguf/tensor-type.js';
import type { GgufTensor } from './gguf/write-gguf.js';
import { describeModel, type ModelDescription } from './model/describe-model.js';
import { moduleChange } from './model/model-tensors.js';
import { modelfile } from './modelfile.js';
import { publishGguf } from './publish-gguf.js';

const NAME = /^base_model\.model\.(model\.layers\.(\d+)\.(.+))\.lora_([AB])\.weight$/;
const MERGE = 'merge it into its model (automodel merge) and export that';

/**
 * Errors: `unsupported` by key or tensor for what llama.cpp cannot apply to a model; `bad-shape`
 * for an adapter of another base.
 */
export async function exportAdapter(
  request: ExportRequest,
  directory: string,
  asked: TensorType | undefined,
): Promise<ExportResult> {
  const type = asked ?? 'f32';
  if (type === 'q8_0')
    throw new AutomodelError(
      'unsupported',
      'an adapter is not written as q8_0: its matrices are small',
      { hint: 'use f32, f16 or bf16, or merge the adapter first and export the model' },
    );
  const base = await HuggingFaceFolder.open(request.model);
  const description = describeModel(base.config);
  const adapter = await openAdapterFolder(directory, base);
  const { alpha, rootScaled, rank } = settingsOf(adapter);
  const fileAlpha = rootScaled ? alpha * Math.sqrt(rank) : alpha;
  const tensors = [...adapter.tensors.values()].map((tensor) =>
    adapterTensor(tensor, base, description, type, rootScaled ? rank : undefined),
  );
  const name = basename(adapter.path);
  const chatTemplate = (
    await readTokenizerFiles(base.path).catch(() => undefined)
  )?.chatTemplates.get('default');
  const published = await publishGguf(
    request.output,
    `${name}-${type}.gguf`,
    {
      metadata: new Map([
        ['general.architecture', text(description.family.architecture)],
        ['general.type', text('adapter')],
        ['general.name', text(name)],
        ['adapter.type', text('lora')],
        ['adapter.lora.alpha', f32(fileAlpha)],
      ]),
      tensors,
      modelfile: (file) =>
        modelfile({ from: base.path, adapter: `./${file}`, chatTemplate, stops: [] }),
    },
    request.overwrite,
  );
  return {
    ...published,
    checks: [`${tensors.length} tensors read back and equal`],
    notes: [
      'The adapter also needs its base as GGUF: export the model without --adapter. FROM in the ' +
        "Modelfile names the base's folder; put the name of its GGUF file there.",
      ...published.notes,
    ],
    command: `llama-server --model BASE.gguf --lora ${published.path}`,
  };
}

interface AdapterSettings {
  readonly alpha: number;
  readonly rank: number;
  /** Scale alpha / sqrt(rank). */
  readonly rootScaled: boolean;
}

function settingsOf({ path, config }: AdapterFolder): AdapterSettings {
  const location = `${path}/adapter_config.json`;
  for (const key of [
    'use_dora',
    'bias',
    'lora_bias',
    'trainable_token_indices',
    'modules_to_save',
    'alpha_pattern',
    'fan_in_fan_out',
  ])
    if (isSetting(config[key]))
      throw new AutomodelError(
        'unsupported',
        `${key} ${JSON.stringify(config[key])} cannot be written as a GGUF adapter`,
        { location, hint: MERGE },
      );
  const size = (key: string): number => {
    const value = config[key];
    if (typeof value !== 'number' || !(value > 0))
      throw new AutomodelError(
        'bad-config',
        `${key} must be a number above 0, not ${JSON.stringify(value)}`,
        { location },
      );
    return value;
  };
  if (config['peft_type'] !== 'LORA')
    throw new AutomodelError(
      'unsupported',
      `peft_type ${JSON.stringify(config['peft_type'])} cannot be written as a GGUF adapter`,
      { location },
    );
  return { alpha: size('lora_alpha'), rank: size('r'), rootScaled: config['use_rslora'] === true };
}

/**
 * `rootRank`: the rank that the file's alpha is made for when scales go with the square root of the
 * rank; matrices of another rank are scaled to fit.
 */
function adapterTensor(
  tensor: StoredTensor,
  base: HuggingFaceFolder,
  description: ModelDescription,
  type: TensorType,
  rootRank: number | undefined,
): GgufTensor {
  const [, path, layer, module, side] = NAME.exec(tensor.name) ?? [];
  const name = module === undefined ? undefined : description.family.modules.get(module);
  if (module === undefined || side === undefined || name === undefined)
    throw new AutomodelError(
      'unsupported',
      `tensor ${tensor.name} has no place in a GGUF adapter for ${description.family.architecture}`,
      { location: tensor.file, hint: MERGE },
    );
  const weight = base.weights.entry(`${path}.weight`);
  const [rows, columns] = tensor.shape;
  const [outFeatures, inFeatures] = weight.shape;
  const [rank, fits] =
    side === 'A' ? [rows, columns === inFeatures] : [columns, rows === outFeatures];
  if (!fits || rank === undefined || tensor.shape.length !== 2)
    throw new AutomodelError(
      'bad-shape',
      `tensor ${tensor.name} has shape ${formatShape(tensor.shape)}, but ${path}.weight has ` +
        `${formatShape(weight.shape)}`,
      { location: tensor.file, hint: 'the adapter belongs to another base' },
    );
  const target = `blk.${layer}.${name}.weight.lora_${side.toLowerCase()}`;
  if (side === 'A') return tensorStream(tensorEntry(tensor), target, type);
  const change = moduleChange(description, module);
  const fit = rootRank === undefined ? 1 : Math.sqrt(rank / rootRank);
  return tensorStream(tensorEntry(tensor), target, type, {
    ...change,
    scale: fit * (change.scale ?? 1),
  });
}
