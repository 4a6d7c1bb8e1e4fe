// Written by `npm run metadata` from the manifests of this repository.
import type { KnownPlugin } from './known-plugin.js';

/** Packages of this project that can be installed. */
export const KNOWN_PLUGINS: readonly KnownPlugin[] = [
  { package: '@automodel/cpu-backend', kind: 'backend', provides: ['cpu'] },
  { package: '@automodel/export-gguf', kind: 'exporter', provides: ['gguf'] },
  { package: '@automodel/export-vllm', kind: 'exporter', provides: ['vllm'] },
  {
    package: '@automodel/models-gemma',
    kind: 'model',
    provides: ['gemma', 'gemma2', 'gemma3_text'],
  },
  { package: '@automodel/models-llama', kind: 'model', provides: ['llama', 'mistral'] },
  { package: '@automodel/models-olmo', kind: 'model', provides: ['olmo2'] },
  { package: '@automodel/models-qwen', kind: 'model', provides: ['qwen2', 'qwen3'] },
  { package: '@automodel/parallel-ddp', kind: 'parallelism', provides: ['ddp'] },
  { package: '@automodel/parallel-fsdp2', kind: 'parallelism', provides: ['fsdp2'] },
  { package: '@automodel/peft', kind: 'adapter', provides: ['lora'] },
  { package: '@automodel/tracker-mlflow', kind: 'tracker', provides: ['mlflow'] },
  { package: '@automodel/tracker-tensorboard', kind: 'tracker', provides: ['tensorboard'] },
  { package: '@automodel/tracker-wandb', kind: 'tracker', provides: ['wandb'] },
];
