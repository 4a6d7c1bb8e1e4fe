// What a run saves: trained weights, the base's config, and the files that travel with a model
// (tokenizer, chat template, generation settings), byte for byte.
import {
  saveAdapterFolder,
  saveHuggingFaceFolder,
  tokenizerFilesIn,
  type TensorSource,
} from '@automodel/checkpoint';
import type { DType } from '@automodel/core';
import { trainingTensors, type TrainingStep, type TrainingTensors } from '@automodel/train';
import { type ModelSession } from '@automodel/session';
import { modelFiles } from '../open/model-files.js';
import { chatTemplateText } from '../open/open-tokenizer.js';
import type { RunContainer } from '../open/run-container.js';
import { PARTS } from '../open/tokens.js';
import type { SaveModel } from '../folder/output-folder.js';

/**
 * The tokenizer's files where they are not the base's: those of another folder, and the recipe's
 * chat template.
 */
async function ownTokenizer(
  parts: RunContainer,
  base: string,
): Promise<Map<string, string | Uint8Array>> {
  const { chat_template: template } = parts.get(PARTS.recipe).recipe.dataset;
  const tokenizerFolder = await parts.get(PARTS.tokenizerFolder);
  const files = new Map<string, string | Uint8Array>(
    tokenizerFolder === base ? [] : await tokenizerFilesIn(tokenizerFolder),
  );
  if (template !== undefined && template !== null)
    files.set(
      'chat_template.jinja',
      await chatTemplateText(template, parts.get(PARTS.workingDirectory)),
    );
  return files;
}

/**
 * What a checkpoint of `session` is made of: weights that the base's files store in fewer bits are
 * kept whole beside them.
 */
export async function trainedTensors(
  parts: RunContainer,
  session: ModelSession,
  training: TrainingStep,
): Promise<TrainingTensors> {
  const [own, { folder, fromScratch }] = [
    await parts.get(PARTS.adapter),
    await parts.get(PARTS.modelFolder),
  ];
  const held = (name: string): DType => session.parameters.get(name).dtype;
  const stored = (name: string): DType =>
    (fromScratch ? folder.dtype : folder.weights.tensors.get(name)?.dtype) ?? held(name);
  return trainingTensors(session, training, own === undefined ? stored : held);
}

/** How to save what `session` trains, given as `tensors`: the model, or the adapter on it. */
export async function saverOf(
  parts: RunContainer,
  session: ModelSession,
  tensors: readonly TensorSource[],
): Promise<SaveModel> {
  const [own, { folder }] = [await parts.get(PARTS.adapter), await parts.get(PARTS.modelFolder)];
  if (own === undefined) return modelSaver(parts, session, tensors);
  const { recipe } = parts.get(PARTS.recipe);
  const stored = tensors.map((source) => ({
    ...source,
    name: own.adapter.storedName(source.name),
  }));
  const extraFiles = await ownTokenizer(parts, folder.path);
  return (directory) =>
    saveAdapterFolder({
      directory,
      config: own.adapter.config(recipe.model.pretrained_model_name_or_path ?? folder.path),
      tensors: stored,
      base: folder,
      extraFiles,
    });
}

async function modelSaver(
  parts: RunContainer,
  session: ModelSession,
  tensors: readonly TensorSource[],
): Promise<SaveModel> {
  const { folder, fromScratch } = await parts.get(PARTS.modelFolder);
  const { names, tiedHead: tied } = session.model;
  const extraFiles = new Map([
    ...(await ownTokenizer(parts, folder.path)),
    ...(await modelFiles(session.model)),
  ]);
  const dtype = fromScratch ? folder.dtype : undefined;
  return (directory) =>
    saveHuggingFaceFolder({
      directory,
      base: folder,
      tensors,
      tying:
        names === undefined ? 'as-stored' : { ...names, ...(tied === undefined ? {} : { tied }) },
      extraFiles,
      ...(dtype === undefined ? {} : { dtype }),
    });
}
