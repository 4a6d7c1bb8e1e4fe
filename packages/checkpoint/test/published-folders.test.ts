// Folders as they are published: names without `model.`, text parts of image-and-text models, heads
// that an index lists and no shard holds. They open under the names of causal language models and
// are saved under their own.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  HuggingFaceFolder,
  openAdapterFolder,
  openSafetensors,
  readTensorBytes,
  saveAdapterFolder,
  saveHuggingFaceFolder,
  sourceOfArray,
  sourceOfStored,
} from '../src/index.js';
import { GOLDENS, temporaryFolder } from './support/files.js';
import { counting, EMBEDDING, HEAD, writeFolder } from './support/folders.js';

const WRAPPER = join(GOLDENS, 'wrappers/gemma3');
const tying = { head: HEAD, embedding: EMBEDDING };

const storedNames = async (file: string): Promise<string[]> =>
  (await openSafetensors(file)).tensors.map(({ name }) => name).sort();

test('names without model. in front are known with it, and saved as they were', async () => {
  const root = await temporaryFolder();
  const names = ['embed_tokens.weight', 'layers.0.mlp.up_proj.weight', 'norm.weight'];
  const base = await HuggingFaceFolder.open(
    await writeFolder(join(root, 'base'), {
      'model.safetensors': names.map((name) => counting(name, 1)),
    }),
  );
  expect(base.weights.names.sort()).toEqual(names.map((name) => `model.${name}`));
  await saveHuggingFaceFolder({
    directory: join(root, 'out'),
    base,
    tensors: [counting(EMBEDDING, 5), counting(HEAD, 7)],
    tying,
  });
  expect(await storedNames(join(root, 'out/model.safetensors'))).toEqual([
    'embed_tokens.weight',
    'layers.0.mlp.up_proj.weight',
    'lm_head.weight',
    'norm.weight',
  ]);
});

test.each([
  ['language_model.model.', 'language_model.lm_head.weight'],
  ['model.language_model.', 'lm_head.weight'],
  ['model.text_model.', 'lm_head.weight'],
])('a text part below %s is known by its own names', async (place, head) => {
  const stored = [`${place}embed_tokens.weight`, `${place}layers.0.mlp.up_proj.weight`];
  const path = await writeFolder(join(await temporaryFolder(), 'base'), {
    'model.safetensors': [...stored, 'model.vision_tower.norm.weight', head].map((name) =>
      counting(name, 1),
    ),
  });
  const { weights } = await HuggingFaceFolder.open(path);
  expect(weights.names.sort()).toEqual([
    HEAD,
    EMBEDDING,
    'model.layers.0.mlp.up_proj.weight',
    'model.vision_tower.norm.weight',
  ]);
  expect([...weights.names].map((name) => weights.storedName(name)).sort()).toEqual(
    [...stored, 'model.vision_tower.norm.weight', head].sort(),
  );
});

test('of an image-and-text model the text part is shown, and the rest is carried', async () => {
  const out = join(await temporaryFolder(), 'out');
  const base = await HuggingFaceFolder.open(WRAPPER);
  expect(base.modelType).toBe('gemma3_text');
  expect(base.config).toMatchObject({
    vocab_size: 60,
    query_pre_attn_scalar: 256, // a default of the config class
    tie_word_embeddings: true,
    torch_dtype: 'bfloat16',
  });
  expect(base.eosTokenIds).toEqual([1, 7]);
  const [norm] = base.weights.tensors.values();
  await saveHuggingFaceFolder({
    directory: out,
    base,
    tensors: [sourceOfArray(norm!.name, 'f32', norm!.shape, new Float32Array(16 * 60).fill(2))],
    tying,
  });
  expect(await readFile(join(out, 'config.json'), 'utf8')).toBe(base.configFile.text);
  const [before, after] = await Promise.all(
    [WRAPPER, out].map(async (folder) => openSafetensors(join(folder, 'model.safetensors'))),
  );
  expect(after!.tensors.map(({ name }) => name).sort()).toEqual(
    before!.tensors.map(({ name }) => name).sort(),
  );
  for (const tensor of before!.tensors.filter(({ name }) => !name.startsWith('language_model.'))) {
    const written = after!.tensors.find(({ name }) => name === tensor.name)!;
    expect(await readTensorBytes(written), tensor.name).toEqual(await readTensorBytes(tensor));
  }
});

test('a change of the text part is written where the config nests it', async () => {
  const base = await HuggingFaceFolder.open(WRAPPER);
  const text = String(base.editedConfig({ vocab_size: 64, tie_word_embeddings: false }));
  const written = JSON.parse(text) as Record<string, Record<string, unknown>>;
  expect(written['tie_word_embeddings']).toBe(false);
  expect(written['text_config']).toEqual({
    ...(base.configFile.value['text_config'] as object),
    vocab_size: 64,
  });
  expect(text).toContain('"factor": 8.0'); // every other number stays as it was written
});

test('a stored head that differs from the embedding is not tied by a default', async () => {
  const { config } = await HuggingFaceFolder.open(join(GOLDENS, 'wrappers/mistral3'));
  expect(config['tie_word_embeddings']).toBe(false);
});

test('with a recorded graph the whole model is computed, under its own names', async () => {
  const folder = join(await temporaryFolder(), 'recorded');
  await cp(WRAPPER, folder, { recursive: true });
  await writeFile(join(folder, 'graph.json'), '{}');
  const { modelType, weights } = await HuggingFaceFolder.open(folder);
  expect(modelType).toBe('gemma3');
  expect(weights.has('language_model.model.norm.weight')).toBe(true);
});

test('a head that the index lists may be in no shard, anything else may not', async () => {
  const folder = await writeFolder(join(await temporaryFolder(), 'base'), {
    'model-00001-of-00002.safetensors': [counting(EMBEDDING, 1)],
    'model-00002-of-00002.safetensors': [counting('model.norm.weight', 1)],
  });
  const file = join(folder, 'model.safetensors.index.json');
  const index = JSON.parse(await readFile(file, 'utf8')) as { weight_map: Record<string, string> };
  const listing = (name: string) =>
    writeFile(
      file,
      JSON.stringify({
        ...index,
        weight_map: { ...index.weight_map, [name]: 'model-00002-of-00002.safetensors' },
      }),
    );
  await listing(HEAD);
  expect((await HuggingFaceFolder.open(folder)).weights.has(HEAD)).toBe(false);
  await listing('model.norm.bias');
  await expect(HuggingFaceFolder.open(folder)).rejects.toThrow(/model\.norm\.bias is not in/);
});

const MODULE = 'base_model.model.model.layers.0.self_attn.q_proj';
test.each([
  [`${MODULE}.lora_A.default.weight`, `${MODULE}.lora_A.weight`],
  [`${MODULE}.lora_B.weight`, `${MODULE}.lora_B.weight`],
  [`${MODULE}.lora_B.default.bias`, `${MODULE}.lora_B.bias`],
  [`${MODULE}.lora_magnitude_vector.weight`, `${MODULE}.lora_magnitude_vector`],
  [`${MODULE}.lora_magnitude_vector.default.weight`, `${MODULE}.lora_magnitude_vector`],
  ['base_model.model.lm_head.modules_to_save.default.weight', 'base_model.model.lm_head.weight'],
  [
    'base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta.default',
    'base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta',
  ],
  [
    'base_model.model.model.embed_tokens.lora_embedding_A.default',
    'base_model.model.model.embed_tokens.lora_embedding_A',
  ],
])("an adapter's tensor %s is known as PEFT saves it", async (written, known) => {
  const folder = await temporaryFolder();
  const tensors = [counting(written, 1)];
  const base = await HuggingFaceFolder.open(join(GOLDENS, 'models/qwen2'));
  const directory = join(folder, 'adapter');
  await saveAdapterFolder({ directory, config: {}, tensors, base });
  expect([...(await openAdapterFolder(directory)).tensors.keys()]).toEqual([known]);
});

test('on a text part, an adapter is saved under the names of the whole model', async () => {
  const base = await HuggingFaceFolder.open(WRAPPER);
  const source = await openAdapterFolder(join(WRAPPER, 'adapter'), base);
  expect([...source.tensors.keys()][0]).toMatch(/^base_model\.model\.model\.layers\.0\./);
  const out = join(await temporaryFolder(), 'out');
  await mkdir(out);
  await saveAdapterFolder({
    directory: out,
    config: { ...source.config, target_modules: ['q_proj', 'down_proj'] },
    tensors: [...source.tensors.values()].map(sourceOfStored),
    base,
  });
  const file = 'adapter_model.safetensors';
  expect(await storedNames(join(out, file))).toEqual(
    await storedNames(join(WRAPPER, 'adapter', file)),
  );
  const written = JSON.parse(await readFile(join(out, 'adapter_config.json'), 'utf8')) as {
    target_modules: string[];
  };
  expect(written.target_modules).toHaveLength(14);
  expect(written.target_modules).toContain('model.language_model.layers.0.self_attn.q_proj');
});
