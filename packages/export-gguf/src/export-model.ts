// A complete model as one GGUF file: weights, sizes, tokenizer and chat template.
import { basename } from 'node:path';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import type { ExportRequest, ExportResult } from '@automodel/contracts';
import { stopIdsOf } from '@automodel/data';
import { text, u32 } from './gguf/gguf-value.js';
import { FILE_TYPES, type TensorType } from './gguf/tensor-type.js';
import { describeModel } from './model/describe-model.js';
import { modelTensors, storedType } from './model/model-tensors.js';
import { modelfile } from './modelfile.js';
import { publishGguf } from './publish-gguf.js';
import { describeTokenizer } from './tokenizer/describe-tokenizer.js';

/** Version of llama.cpp's quantised blocks that Q8_0 uses here. */
const QUANTISATION_VERSION = 2;

/**
 * Errors: `unsupported` by name for what the format cannot express; those of opening the folder;
 * `conflict`.
 */
export async function exportModel(
  { model, output, overwrite }: ExportRequest,
  asked: TensorType | undefined,
): Promise<ExportResult> {
  const folder = await HuggingFaceFolder.open(model);
  const description = describeModel(folder.config);
  const type = asked ?? storedType(folder.weights.tensors.values());
  const { tensors, notes } = modelTensors(folder, description, type);
  const {
    metadata,
    tokenizer,
    chatTemplate,
    notes: tokenizerNotes,
  } = await describeTokenizer(folder.path, description.vocabularySize, folder.eosTokenIds);
  const name = basename(folder.path);
  const general = [
    ['general.type', text('model')],
    ['general.name', text(name)],
    ['general.file_type', u32(FILE_TYPES[type])],
    ['general.quantization_version', u32(QUANTISATION_VERSION)],
  ] as const;
  const stops = stopIdsOf(tokenizer, folder.eosTokenIds).flatMap(
    (id) => tokenizer.idToToken(id) ?? [],
  );
  const published = await publishGguf(
    output,
    `${name}-${type}.gguf`,
    {
      metadata: new Map([
        ...description.metadata.slice(0, 1),
        ...general,
        ...description.metadata.slice(1),
        ...metadata,
      ]),
      tensors,
      modelfile: (file) => modelfile({ from: `./${file}`, chatTemplate, stops }),
    },
    overwrite,
  );
  return {
    ...published,
    notes: [...description.notes, ...notes, ...tokenizerNotes, ...published.notes],
    checks: [`${tensors.length} tensors read back and equal`],
    command: `llama-server --model ${published.path}`,
  };
}
