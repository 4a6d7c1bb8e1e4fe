// Image-and-text models whose text part is computed with alone: logits and losses of the whole
// model without pictures, from configs that leave most keys to the defaults of transformers'
// classes.
import { join } from 'node:path';
import { HuggingFaceFolder, openAdapterFolder } from '@automodel/checkpoint';
import type { Backend, ModelPlugin } from '@automodel/contracts';
import cpu from '@automodel/cpu-backend';
import gemma from '@automodel/models-gemma';
import llama from '@automodel/models-llama';
import lora from '@automodel/peft';
import { adapterBase } from '@automodel/session';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyReference } from '../../src/index.js';

const WRAPPERS = join(import.meta.dirname, '../../../../goldens/wrappers');
const PLUGINS: Readonly<Record<string, ModelPlugin>> = {
  gemma3: gemma,
  mistral3: llama,
  llava: llama,
  smolvlm: llama,
};

let backend: Backend;
beforeAll(() => {
  backend = cpu.create({ threads: 2 });
});
afterAll(() => backend.close());

test.each(Object.entries(PLUGINS))('the text part of %s agrees', async (name, plugin) => {
  const folder = join(WRAPPERS, name);
  const { verdict, checks } = await verifyReference(folder, join(folder, 'golden.safetensors'), {
    backend,
    createModel: plugin.create,
  });
  expect(verdict).toBe('agrees');
  expect(checks.map((check) => check.name)).toEqual(['logits', 'loss']);
});

test('so does an adapter that PEFT trained on the whole model', async () => {
  const directory = join(WRAPPERS, 'gemma3');
  const base = await HuggingFaceFolder.open(directory);
  const model = gemma.create(base.config);
  const { path, config, tensors } = await openAdapterFolder(join(directory, 'adapter'), base);
  const shapes = new Map([...tensors.values()].map(({ name, shape }) => [name, shape]));
  const adapter = {
    adapter: lora.open({ path, config, shapes }, adapterBase(model)),
    tensors,
    seed: 0,
  };
  const { verdict } = await verifyReference(
    directory,
    join(directory, 'adapter/golden.safetensors'),
    { backend, createModel: () => model, adapter },
  );
  expect(verdict).toBe('agrees');
});
