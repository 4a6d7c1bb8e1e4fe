// What a run saves: trained weights, the base's config, and the files that travel with a model
// (tokenizer, chat template, generation settings), byte for byte.
import {
  saveAdapterFolder,
  saveHuggingFaceFolder,
  tokenizerFilesIn,
  type TensorSource,
} from '@automodel/checkpoint';
import type { Adapter } from '@automodel/contracts';
import type { DType } from '@automodel/core';
import { convertedTokenizerFiles } from '@automodel/data';
import { trainingTensors, type TrainingStep, type TrainingTensors } from '@automodel/train';
import type { Tokenizer } from '@automodel/data';
import type { ResolvedRecipe } from '@automodel/recipe';
import { placedSource, type ModelSession, type SessionAdapter } from '@automodel/session';
import { resultStops } from '../evaluation/stop-ids.js';
import { modelFiles } from '../open/model-files.js';
import { vocabularyChange } from '../open/vocabulary.js';
import { chatTemplateText } from '../open/open-tokenizer.js';
import type { ModelFolder } from '../open/model-folder.js';
import type { SaveModel } from '../folder/output-folder.js';

/** What is saved besides trained tensors, and how. */
export interface SavedParts {
  readonly recipe: ResolvedRecipe;
  readonly workingDirectory: string;
  readonly session: ModelSession;
  /** Undefined: the model itself is saved. */
  readonly adapter: SessionAdapter | undefined;
  readonly modelFolder: ModelFolder;
  readonly tokenizerFolder: string;
  /** The one of the run, with its chat template. */
  readonly tokenizer: Tokenizer;
}

/**
 * The tokenizer's files if they are not the base's: those of another folder, a tokenizer.json made
 * of other files, and the recipe's chat template.
 */
async function ownTokenizer({
  recipe,
  workingDirectory,
  modelFolder,
  tokenizerFolder,
}: SavedParts): Promise<Map<string, string | Uint8Array>> {
  const { chat_template: template } = recipe.dataset;
  const files = new Map<string, string | Uint8Array>([
    ...(tokenizerFolder === modelFolder.folder.path ? [] : await tokenizerFilesIn(tokenizerFolder)),
    ...(await convertedTokenizerFiles(tokenizerFolder)),
  ]);
  if (template !== undefined && template !== null)
    files.set('chat_template.jinja', await chatTemplateText(template, workingDirectory));
  return files;
}

/**
 * The tensors of a checkpoint: weights that the base's files store in fewer bits are also kept in
 * full.
 */
export async function trainedTensors(
  { session, adapter, modelFolder: { folder, fromScratch } }: SavedParts,
  training: TrainingStep,
): Promise<TrainingTensors> {
  const held = (name: string): DType => session.parameters.get(name).dtype;
  const stored = (name: string): DType =>
    (fromScratch ? folder.dtype : folder.weights.tensors.get(name)?.dtype) ?? held(name);
  return trainingTensors(session, training, adapter === undefined ? stored : held);
}

/** The function that saves the trained `tensors`: as a model, or as the adapter on it. */
export async function saverOf(
  parts: SavedParts,
  tensors: readonly TensorSource[],
): Promise<SaveModel> {
  const { adapter: own, modelFolder, recipe } = parts;
  if (own === undefined) return modelSaver(parts, tensors);
  const { folder } = modelFolder;
  const stored = adapterSources(own.adapter, parts.session, tensors);
  const extraFiles = await ownTokenizer(parts);
  return (directory, publish) =>
    saveAdapterFolder({
      ...publish,
      directory,
      config: own.adapter.config(recipe.model.pretrained_model_name_or_path ?? folder.path),
      tensors: stored,
      base: folder,
      extraFiles,
    });
}

/** The trained tensors under the adapter's names, and the frozen tables it brings along. */
function adapterSources(
  { storedName, tables = new Map<string, string>(), copies }: Adapter,
  { backend, parameters }: ModelSession,
  trained: readonly TensorSource[],
): readonly TensorSource[] {
  const named = trained.map((source) => ({ ...source, name: storedName(source.name) }));
  const repeated = [...(copies ?? [])].flatMap(([name, parameter]) =>
    trained.filter((source) => source.name === parameter).map((source) => ({ ...source, name })),
  );
  const frozen = [...tables].map(([parameter, name]) => ({
    ...placedSource(backend, parameters.get(parameter)),
    name,
  }));
  return [...named, ...repeated, ...frozen];
}

async function modelSaver(parts: SavedParts, tensors: readonly TensorSource[]): Promise<SaveModel> {
  const { model } = parts.session;
  const { folder, fromScratch } = parts.modelFolder;
  const { names, tiedHead: tied } = model;
  const tying =
    names === undefined ? 'as-stored' : { ...names, ...(tied === undefined ? {} : { tied }) };
  const extraFiles = new Map<string, string | Uint8Array>([
    ...(await ownTokenizer(parts)),
    ...(await modelFiles(model)),
    ...resultStops(folder, parts.tokenizer),
  ]);
  const dtype = fromScratch ? folder.dtype : undefined;
  return (directory, publish) =>
    saveHuggingFaceFolder({
      ...publish,
      directory,
      base: folder,
      tensors,
      tying,
      extraFiles,
      configChanges: vocabularyChange(folder, model.vocabularySize),
      ...(dtype === undefined ? {} : { dtype }),
    });
}
