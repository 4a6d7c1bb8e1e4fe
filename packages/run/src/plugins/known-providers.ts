// Packages of this project by what they provide, for install hints and listings of what could be
// installed.
import type { PluginKind } from './plugin-record.js';

/** `<kind> <name>` -> package. */
export const KNOWN_PROVIDERS: Readonly<Record<string, string>> = {
  'backend cpu': '@automodel/cpu-backend',
  'model llama': '@automodel/models-llama',
  'model mistral': '@automodel/models-llama',
  'model qwen2': '@automodel/models-qwen',
  'model qwen3': '@automodel/models-qwen',
  'model gemma': '@automodel/models-gemma',
  'model gemma2': '@automodel/models-gemma',
  'model gemma3_text': '@automodel/models-gemma',
  'model olmo2': '@automodel/models-olmo',
  'adapter lora': '@automodel/peft',
  'exporter vllm': '@automodel/export-vllm',
  'exporter gguf': '@automodel/export-gguf',
  'tracker tensorboard': '@automodel/tracker-tensorboard',
  'tracker mlflow': '@automodel/tracker-mlflow',
  'tracker wandb': '@automodel/tracker-wandb',
};

/** A package that could be installed. */
export interface KnownPlugin {
  readonly package: string;
  readonly kind: PluginKind;
  readonly provides: readonly string[];
}

/** The table by package. */
export function knownPlugins(): KnownPlugin[] {
  const found = new Map<string, KnownPlugin>();
  for (const [key, name] of Object.entries(KNOWN_PROVIDERS)) {
    const [kind, provided] = key.split(' ') as [PluginKind, string];
    found.set(name, {
      package: name,
      kind,
      provides: [...(found.get(name)?.provides ?? []), provided],
    });
  }
  return [...found.values()];
}
