// Models of the fake hub: a small one with revisions, one in shards, an adapter.
import type { FakeRepository } from './fake-repository.js';

export const FILES = {
  'config.json': '{"model_type":"llama"}',
  'tokenizer.json': '{}',
  'chat_template.jinja': '{{ messages }}',
  'LICENSE.txt': 'licence',
  'pytorch_model.bin': 'pickle',
  'picture.png': 'png',
  'onnx/model.onnx': 'onnx',
  'onnx/config.json': '{"nested":1}',
  'consolidated.safetensors': 'all of it again',
  'README.md': 'card',
  'additional_chat_templates/tools.jinja': '{{ tools }}',
  'model.safetensors': 'weights',
};
const SHARDS = {
  'config.json': '{}',
  'tokenizer.json': '{}',
  'model.safetensors.index.json': JSON.stringify({
    weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' },
  }),
  'model-00001-of-00002.safetensors': 'first',
  'model-00002-of-00002.safetensors': 'second',
  'model.fp16.safetensors': 'a variant',
};

export const MODELS: readonly FakeRepository[] = [
  {
    id: 'someone/tiny',
    files: FILES,
    revisions: {
      v2: { commit: 'b'.repeat(40), files: { ...FILES, 'model.safetensors': 'newer weights' } },
      'refs/pr/1': { commit: 'e'.repeat(40), files: FILES },
    },
  },
  { id: 'someone/sharded', files: SHARDS },
  {
    id: 'someone/adapter',
    files: { 'adapter_config.json': '{}', 'adapter_model.safetensors': 'lora', 'README.md': '' },
  },
];
