// Adapters: adapter_config.json and the header of its tensors. What is accepted has the rank and
// the scale that the config says.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { openAdapterFolder } from '@automodel/checkpoint';
import lora from '@automodel/peft';
import type { FuzzTarget } from '../fuzz-target.js';
import { scratch } from '../scratch.js';

const golden = (name: string): Buffer =>
  readFileSync(new URL(`../../../../goldens/models/llama-gqa/adapter/${name}`, import.meta.url));
const weights = golden('adapter_model.safetensors');

/** The modules that the adapter's own tensors are for. */
const header = JSON.parse(
  weights.toString('utf8', 8, 8 + Number(weights.readBigUInt64LE(0))),
) as Record<string, { readonly shape: readonly [number, number] }>;
const modules = [
  ...new Set(
    Object.keys(header)
      .filter((name) => name.endsWith('.lora_A.weight'))
      .map((name) => name.replace(/^base_model\.model\./, '').replace(/\.lora_A\.weight$/, '')),
  ),
]
  .map((name) => ({
    name,
    weight: `${name}.weight`,
    inFeatures: header[`base_model.model.${name}.lora_A.weight`]!.shape[1],
    outFeatures: header[`base_model.model.${name}.lora_B.weight`]!.shape[0],
  }))
  .map((module) => ({ ...module, shape: [module.outFeatures, module.inFeatures] }));

export const adapter: FuzzTarget = {
  name: 'adapter',
  seeds: [golden('adapter_config.json')],
  read: async (bytes) => {
    const path = scratch('adapter/adapter_config.json');
    writeFileSync(path, bytes);
    writeFileSync(scratch('adapter/adapter_model.safetensors'), weights);
    const { config, tensors } = await openAdapterFolder(dirname(path));
    const opened = lora.open(
      {
        path: 'adapter',
        config,
        shapes: new Map([...tensors.values()].map(({ name, shape }) => [name, shape])),
      },
      { modules, parameters: modules.map(({ weight: name, shape }) => ({ name, shape })) },
    );
    const { r, lora_alpha: alpha } = JSON.parse(
      bytes.toString('utf8').replace(/-?\b(?:NaN|Infinity)\b/g, 'null'),
    ) as { readonly r: number; readonly lora_alpha: number };
    const saved = opened.config('base');
    if (saved['r'] !== r || saved['lora_alpha'] !== alpha)
      throw new Error(
        `read with rank ${String(saved['r'])} and alpha ${String(saved['lora_alpha'])}, written ` +
          `are ${r} and ${alpha}`,
      );
  },
};
