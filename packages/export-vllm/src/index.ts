// vLLM for Automodel: a plugin that writes models and LoRA adapters as folders that vLLM serves
// without surprises, and checks them.
import type { ExporterPlugin } from '@automodel/contracts';
import { exportAdapter } from './export-adapter.js';
import { exportModel } from './export-model.js';
import { storageChoice, TYPES } from './storage-choice.js';

/** The plugin. */
export const vllm = (): ExporterPlugin => ({
  kind: 'exporter',
  apiVersion: 1,
  name: 'vllm',
  summary: 'a checked folder for vLLM and other servers of Hugging Face models',
  types: TYPES,
  export: (request) =>
    request.adapter === undefined
      ? exportModel(request, storageChoice(request.type))
      : exportAdapter(request, request.adapter, storageChoice(request.type)),
});

export default vllm();
