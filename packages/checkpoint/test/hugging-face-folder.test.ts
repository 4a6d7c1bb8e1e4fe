import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HuggingFaceFolder } from '../src/index.js';
import { GOLDENS, temporaryFolder } from './support/files.js';
import { CONFIG, counting, EMBEDDING, HEAD, writeFolder } from './support/folders.js';

const open = async (directory: string): Promise<string> =>
  HuggingFaceFolder.open(directory).then(
    () => 'opened',
    (error: Error) => error.message.replaceAll(directory, 'x'),
  );

const MODELS = await readdir(join(GOLDENS, 'models'));

const SHARDS = {
  'model-00001-of-00002.safetensors': [counting(EMBEDDING, 0)],
  'model-00002-of-00002.safetensors': [counting('model.norm.weight', 9), counting(HEAD, 5)],
};

describe('HuggingFaceFolder.open', () => {
  test.each(MODELS)('opens %s', async (name) => {
    const folder = await HuggingFaceFolder.open(join(GOLDENS, 'models', name));
    expect(folder.modelType).toBe(name === 'gemma3' ? 'gemma3_text' : name.split('-')[0]);
    expect([
      folder.dtypeKey,
      folder.dtype,
      folder.eosTokenIds,
      folder.companions.filter((file) => file !== 'graph.json'),
    ]).toEqual(['dtype', 'f32', [2], ['generation_config.json']]);
    expect(folder.weights.entry(EMBEDDING)).toMatchObject({
      dtype: 'f32',
      shape: [folder.config['vocab_size'], 32],
    });
    expect(folder.weights.has(HEAD)).toBe(folder.config['tie_word_embeddings'] !== true);
  });

  test('opens shards with and without an index', async () => {
    const directory = await writeFolder(await temporaryFolder(), SHARDS);
    const indexed = await HuggingFaceFolder.open(directory);
    await rm(join(directory, 'model.safetensors.index.json'));
    const unindexed = await HuggingFaceFolder.open(directory);
    for (const folder of [indexed, unindexed])
      expect(folder.weights.names).toEqual([EMBEDDING, HEAD, 'model.norm.weight']);
    expect(indexed.weights.totalBytes).toBe(72);
    expect(() => indexed.weights.entry('model.nrom.weight')).toThrow(
      `${directory}: no tensor named model.nrom.weight`,
    );
    await rm(join(directory, 'model-00002-of-00002.safetensors'));
    expect(await open(directory)).toBe(
      'x: shard model-00002-of-00002.safetensors is missing and there is no ' +
        'model.safetensors.index.json',
    );
  });

  test.each<[string, object, string]>([
    [
      'names a missing file',
      { [EMBEDDING]: 'model-00003-of-00003.safetensors' },
      'the index names model-00003-of-00003.safetensors, which is not in the folder',
    ],
    [
      'names a missing tensor',
      {
        [EMBEDDING]: 'model-00001-of-00002.safetensors',
        extra: 'model-00001-of-00002.safetensors',
      },
      'tensor extra is not in model-00001-of-00002.safetensors',
    ],
    [
      'names the wrong file',
      {
        [EMBEDDING]: 'model-00002-of-00002.safetensors',
        [HEAD]: 'model-00001-of-00002.safetensors',
      },
      `tensor ${EMBEDDING} is in model-00001-of-00002.safetensors, not in ` +
        'model-00002-of-00002.safetensors',
    ],
    [
      'misses a tensor',
      {
        [EMBEDDING]: 'model-00001-of-00002.safetensors',
        [HEAD]: 'model-00002-of-00002.safetensors',
      },
      'tensor model.norm.weight of model-00002-of-00002.safetensors is not in the index',
    ],
    [
      'leaves the folder',
      { [EMBEDDING]: '../model.safetensors' },
      `tensor ${EMBEDDING}: "../model.safetensors" is not the name of a safetensors file in this ` +
        'folder',
    ],
  ])('refuses an index that %s', async (_, map, message) => {
    const directory = await writeFolder(await temporaryFolder(), SHARDS);
    await writeFile(
      join(directory, 'model.safetensors.index.json'),
      JSON.stringify({ weight_map: map }),
    );
    expect(await open(directory)).toBe(`x/model.safetensors.index.json: ${message}`);
  });

  test('refuses one tensor in two shards', async () => {
    const directory = await writeFolder(await temporaryFolder(), {
      'model-00001-of-00002.safetensors': [counting(EMBEDDING, 0), counting(HEAD, 1)],
      'model-00002-of-00002.safetensors': [counting(HEAD, 5)],
    });
    expect(await open(directory)).toBe(
      `x/model-00002-of-00002.safetensors: tensor ${HEAD} is also in ` +
        'model-00001-of-00002.safetensors',
    );
  });

  test('refuses what is not a model folder', async () => {
    expect(await open('/nowhere/at/all')).toBe('x: no such folder');
    expect(await open(join(GOLDENS, 'README.md'))).toBe('x: not a folder');
    const directory = await temporaryFolder();
    expect(await open(directory)).toBe('x: no config.json');
    await writeFile(join(directory, 'config.json'), '[]');
    expect(await open(directory)).toBe('x/config.json: the top level is not a JSON object');
    await writeFile(join(directory, 'config.json'), CONFIG);
    expect(await open(directory)).toBe(
      'x: no model.safetensors and no model.safetensors.index.json',
    );
    await writeFile(join(directory, 'pytorch_model.bin'), '');
    await expect(HuggingFaceFolder.open(directory)).rejects.toMatchObject({
      hint: expect.stringContaining('pytorch_model.bin is in PyTorch'),
    });
  });

  test('refuses an adapter and names its base', async () => {
    await expect(
      HuggingFaceFolder.open(join(GOLDENS, 'models/qwen2/adapter')),
    ).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('the folder holds a PEFT adapter, not a model'),
      hint:
        'name its base model (gold/shared/qwen2) and give this folder as its adapter (--model ' +
        'BASE --adapter FOLDER), or merge the two first',
    });
  });

  test('opens a folder that only describes a model when told', async () => {
    const directory = await writeFolder(await temporaryFolder(), {});
    expect(
      (await HuggingFaceFolder.open(directory, { withoutWeights: true })).weights.names,
    ).toEqual([]);
  });

  test.each<[string | undefined, string, number[] | string]>([
    ['{"eos_token_id": [5, 6]}', '{"eos_token_id": 2}', [5, 6]],
    ['{"eos_token_id": 5}', '{}', [5]],
    ['{"eos_token_id": null}', '{"eos_token_id": 2}', [2]],
    [undefined, '{"eos_token_id": 2}', [2]],
    [undefined, '{}', []],
    [
      '{"eos_token_id": "</s>"}',
      '{}',
      'x/generation_config.json: eos_token_id "</s>" is neither a token id nor a list of token ids',
    ],
    [
      undefined,
      '{"eos_token_id": [1, -1]}',
      'x/config.json: eos_token_id [1,-1] is neither a token id nor a list of token ids',
    ],
  ])('generation config %s, config %s: eos %j', async (generation, config, expected) => {
    const directory = await writeFolder(
      await temporaryFolder(),
      { 'model.safetensors': [counting(EMBEDDING, 0)] },
      config,
    );
    if (generation !== undefined)
      await writeFile(join(directory, 'generation_config.json'), generation);
    if (typeof expected === 'string') expect(await open(directory)).toBe(expected);
    else expect((await HuggingFaceFolder.open(directory)).eosTokenIds).toEqual(expected);
  });

  test.each([
    ['{"torch_dtype": "torch.bfloat16"}', 'torch_dtype', 'bf16'],
    ['{"dtype": "float16"}', 'dtype', 'f16'],
    ['{"transformers_version": "4.40.1"}', 'torch_dtype', undefined],
    ['{}', 'dtype', undefined],
  ])('reads the dtype of %s', async (config, key, dtype) => {
    const folder = await HuggingFaceFolder.open(
      await writeFolder(await temporaryFolder(), {}, config),
      { withoutWeights: true },
    );
    expect([folder.dtypeKey, folder.dtype]).toEqual([key, dtype]);
  });

  test('lists the files that travel with a model, and no others', async () => {
    const directory = await writeFolder(await temporaryFolder(), {});
    const carried = [
      'LICENSE',
      'LICENSE.txt',
      'added_tokens.json',
      'chat_template.jinja',
      'merges.txt',
      'modeling_x.py',
      'tokenizer.json',
      'tokenizer_config.json',
      'vocab.json',
    ];
    await mkdir(join(directory, 'additional_chat_templates'));
    for (const name of [
      ...carried,
      'additional_chat_templates/tools.jinja',
      'README.md',
      'training_args.bin',
      'optimizer.pt',
    ])
      await writeFile(join(directory, name), name);
    expect((await HuggingFaceFolder.open(directory, { withoutWeights: true })).companions).toEqual(
      [...carried, 'additional_chat_templates/tools.jinja'].sort(),
    );
  });
});
