// A PEFT adapter folder: what is written beside the adapter's two files, and what is said about a
// folder that is not one.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  HuggingFaceFolder,
  MARKER_FILE,
  openAdapterFolder,
  readTensor,
  saveAdapterFolder,
} from '../src/index.js';
import { temporaryFolder } from './support/files.js';
import { counting, EMBEDDING, writeFolder } from './support/folders.js';

const LORA_A = 'base_model.model.q_proj.lora_A.weight';

async function saved(extraFiles?: ReadonlyMap<string, string>): Promise<string> {
  const root = await temporaryFolder();
  const base = await writeFolder(join(root, 'base'), {
    'model.safetensors': [counting(EMBEDDING, 0)],
  });
  for (const name of ['tokenizer.json', 'chat_template.jinja', 'generation_config.json'])
    await writeFile(join(base, name), `{"of": "the base's ${name}"}`);
  const { directory } = await saveAdapterFolder({
    directory: join(root, 'adapter'),
    config: { r: 2, peft_type: 'LORA', lora_alpha: 4 },
    tensors: [counting(LORA_A, 5)],
    base: await HuggingFaceFolder.open(base),
    ...(extraFiles === undefined ? {} : { extraFiles }),
  });
  return directory;
}

test('an adapter gets the tokenizer and template of its base, not weights or config', async () => {
  const directory = await saved();
  expect((await readdir(directory)).sort()).toEqual([
    MARKER_FILE,
    'adapter_config.json',
    'adapter_model.safetensors',
    'chat_template.jinja',
    'tokenizer.json',
  ]);
  expect(await readFile(join(directory, 'adapter_config.json'), 'utf8')).toBe(
    '{\n  "lora_alpha": 4,\n  "peft_type": "LORA",\n  "r": 2\n}\n',
  );
  const { config, tensors } = await openAdapterFolder(directory);
  expect(config).toEqual({ lora_alpha: 4, peft_type: 'LORA', r: 2 });
  expect([...(await readTensor(tensors.get(LORA_A)!))]).toEqual([5, 6, 7, 8, 9, 10]);
});

test("a run's own template replaces the base's", async () => {
  const directory = await saved(new Map([['chat_template.jinja', 'mine']]));
  expect(await readFile(join(directory, 'chat_template.jinja'), 'utf8')).toBe('mine');
});

test('a folder without an adapter, or with a pickled one, is refused', async () => {
  const folder = await temporaryFolder();
  await expect(openAdapterFolder(folder)).rejects.toMatchObject({
    code: 'missing-file',
    location: folder,
  });
  await writeFile(join(folder, 'adapter_config.json'), '{}');
  await writeFile(join(folder, 'adapter_model.bin'), '');
  await expect(openAdapterFolder(folder)).rejects.toMatchObject({ code: 'unsupported' });
});
