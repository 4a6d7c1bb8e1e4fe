// Tokens that a recipe adds: the tokenizer knows them, the tables grow by the mean of their rows,
// and a saved adapter, its merged model and a fully trained one have as many rows.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HuggingFaceFolder, openAdapterFolder, readTensor } from '@automodel/checkpoint';
import lora from '@automodel/peft';
import { AutoModelForCausalLM, finetune, type Plugin } from '@automodel/run';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plugins as modelPlugins, writeModel, writeRows } from './tiny-model.js';

const plugins: readonly Plugin[] = [...modelPlugins, lora];
const EMBEDDING = 'model.embed_tokens.weight';
const SECTION = { add_tokens: ['zebraword'], add_special_tokens: ['<|think|>'] };

let root: string;
let base: string;
let rows: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'automodel-added-'));
  base = await writeModel(root);
  rows = await writeRows(join(root, 'rows.jsonl'), 8);
});
afterAll(() => rm(root, { recursive: true }));

/** Trains for two steps into a folder. */
async function trained(name: string, recipe: object): Promise<string> {
  const output = join(root, name);
  const events = finetune(
    {
      model: { pretrained_model_name_or_path: base },
      dataset: { path_or_dataset_id: rows, cache: false },
      tokenizer: SECTION,
      optimizer: { lr: 1e-2 },
      step_scheduler: { local_batch_size: 2, global_batch_size: 2, max_steps: 2 },
      checkpoint: { checkpoint_dir: output },
      ...recipe,
    },
    { plugins },
  );
  for await (const event of events) expect(event.type).not.toBe('failed');
  return output;
}

const embeddingOf = async (folder: HuggingFaceFolder): Promise<Float32Array> =>
  (await readTensor(folder.weights.entry(EMBEDDING))) as Float32Array;

test('an adapter trains their rows, and brings the grown table along', async () => {
  const output = await trained('adapter', {
    peft: { type: 'lora', dim: 2, target_modules: 'q_proj', trainable_token_indices: [1024, 1025] },
  });
  const { tensors } = await openAdapterFolder(output);
  const at = 'base_model.model.model.embed_tokens.token_adapter';
  const stored = await readTensor({ ...tensors.get(`${at}.base_layer.weight`)!, dtype: 'f32' });
  const before = await embeddingOf(await HuggingFaceFolder.open(base));
  const width = before.length / 1024;
  for (let column = 0; column < width; column++) {
    let sum = 0;
    for (let row = 0; row < 1024; row++) sum += before[row * width + column]!;
    for (const row of [1024, 1025])
      expect((stored as Float32Array)[row * width + column]).toBeCloseTo(sum / 1024, 6);
  }
  const tokenizer = JSON.parse(await readFile(join(output, 'tokenizer.json'), 'utf8')) as {
    added_tokens: { id: number; content: string; special: boolean }[];
  };
  expect(tokenizer.added_tokens.slice(-2)).toMatchObject([
    { id: 1024, content: 'zebraword', special: false },
    { id: 1025, content: '<|think|>', special: true },
  ]);

  await using model = await AutoModelForCausalLM.fromPretrained(base, { plugins, adapter: output });
  expect((await model.tokenizer()).encode('a zebraword', { addSpecialTokens: false })).toContain(
    1024,
  );
  await model.savePretrained(join(root, 'merged'));
  const merged = await HuggingFaceFolder.open(join(root, 'merged'));
  expect(merged.config['vocab_size']).toBe(1026);
  const rowsOf = await embeddingOf(merged);
  const own = (await readTensor({
    ...tensors.get(`${at}.trainable_tokens_delta`)!,
    dtype: 'f32',
  })) as Float32Array;
  expect(rowsOf.subarray(1024 * width)).toEqual(own);
  expect(rowsOf.subarray(0, 1024 * width)).toEqual(before);
});

test('a fully trained model has rows for them', async () => {
  const folder = await HuggingFaceFolder.open(await trained('full', {}));
  expect(folder.config['vocab_size']).toBe(1026);
  expect(folder.weights.entry(EMBEDDING).shape[0]).toBe(1026);
});

test('tables that may not grow refuse them', async () => {
  await expect(trained('refused', { tokenizer: { ...SECTION, resize: false } })).rejects.toThrow(
    /with the tokens added the tokenizer has 1026 ids, and the model 1024 rows/,
  );
});
