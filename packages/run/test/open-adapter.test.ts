// Adapter folders that cannot be opened: the error names the file before any plugin or tensor is
// looked at.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import lora from '@automodel/peft';
import qwen from '@automodel/models-qwen';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAdapter, PluginRegistry } from '@automodel/run';

const MODEL = join(import.meta.dirname, '../../../goldens/models/qwen2');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adapter-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function refusal(): Promise<string> {
  const base = await HuggingFaceFolder.open(MODEL);
  const plugins = new PluginRegistry({ discovered: [], given: [lora] });
  return openAdapter(plugins, folder, { base, model: qwen.create(base.config) }).then(
    () => 'opened',
    (error: Error) => error.message.replace(folder, 'x'),
  );
}

test('an adapter of another kind is refused by its peft_type', async () => {
  await cp(
    join(MODEL, 'adapter/adapter_model.safetensors'),
    join(folder, 'adapter_model.safetensors'),
  );
  await writeFile(join(folder, 'adapter_config.json'), '{"peft_type": "IA3"}');
  expect(await refusal()).toBe(
    'x/adapter_config.json: peft_type "IA3": adapter "ia3" needs a plugin',
  );
});

test('pickled tensors are not read', async () => {
  await rm(join(folder, 'adapter_model.safetensors'));
  await writeFile(join(folder, 'adapter_model.bin'), '');
  expect(await refusal()).toBe('x: adapter_model.bin is not read: pickled files can run code');
});
