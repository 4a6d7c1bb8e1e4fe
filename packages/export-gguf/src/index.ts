// GGUF for Automodel: a plugin that writes models and LoRA adapters as files for llama.cpp, Ollama
// and what builds on them.
import type { ExporterPlugin, ExportRequest } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { exportAdapter } from './export-adapter.js';
import { exportModel } from './export-model.js';
import type { TensorType } from './gguf/tensor-type.js';

export {
  readGguf,
  type GgufFile,
  type GgufScalar,
  type StoredGgufTensor,
} from './gguf/read-gguf.js';
export { decodeFloats, type TensorType } from './gguf/tensor-type.js';

const TYPES: readonly TensorType[] = ['f32', 'f16', 'bf16', 'q8_0'];

function typeOf({ type }: ExportRequest): TensorType | undefined {
  const found = TYPES.find((known) => known === type?.toLowerCase());
  if (type !== undefined && found === undefined)
    throw new AutomodelError(
      'bad-argument',
      `type ${JSON.stringify(type)} is not one that GGUF files are written in ` +
        `(${TYPES.join(', ')})`,
    );
  return found;
}

/** The plugin. */
export const gguf = (): ExporterPlugin => ({
  kind: 'exporter',
  apiVersion: 1,
  name: 'gguf',
  summary: 'one file for llama.cpp and Ollama',
  types: TYPES,
  export: (request) =>
    request.adapter === undefined
      ? exportModel(request, typeOf(request))
      : exportAdapter(request, request.adapter, typeOf(request)),
});

export default gguf();
