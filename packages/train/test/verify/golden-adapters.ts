// The golden models that have an adapter of PEFT's, and their adapters.
import { join } from 'node:path';
import { HuggingFaceFolder, openAdapterFolder } from '@automodel/checkpoint';
import type { LanguageModel, ModelPlugin } from '@automodel/contracts';
import gemma from '@automodel/models-gemma';
import llama from '@automodel/models-llama';
import qwen from '@automodel/models-qwen';
import lora from '@automodel/peft';
import { adapterBase, type SessionAdapter } from '@automodel/session';

export const MODELS = join(import.meta.dirname, '../../../../goldens/models');
export const PLUGINS: Readonly<Record<string, ModelPlugin>> = {
  'llama-gqa': llama,
  qwen2: qwen,
  gemma3: gemma,
};

export const modelOf = async (name: string): Promise<LanguageModel> =>
  PLUGINS[name]!.create((await HuggingFaceFolder.open(join(MODELS, name))).config);

/** The adapter of a model, with `changes` of its config. */
export async function adapterOf(name: string, changes: object = {}): Promise<SessionAdapter> {
  const { path, config: saved, tensors } = await openAdapterFolder(join(MODELS, name, 'adapter'));
  const config = { ...saved, ...changes };
  const shapes = new Map([...tensors.values()].map((tensor) => [tensor.name, tensor.shape]));
  return {
    adapter: lora.open({ path, config, shapes }, adapterBase(await modelOf(name))),
    tensors,
    seed: 0,
  };
}
