import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  HuggingFaceFolder,
  MARKER_FILE,
  saveHuggingFaceFolder,
  sourceOfStored,
  tokenizerFilesIn,
  type TensorSource,
} from '../src/index.js';
import { GOLDENS, temporaryFolder } from './support/files.js';
import { CONFIG, counting, EMBEDDING, HEAD, writeFolder } from './support/folders.js';
import { SINGLE, NORM, tying, tied, saving, values } from './support/saving.js';

describe('saveHuggingFaceFolder', () => {
  test('an unchanged model gives an identical folder', async () => {
    const base = await HuggingFaceFolder.open(join(GOLDENS, 'models/gemma3'));
    const directory = join(await temporaryFolder(), 'deep/out');
    const saved = await saveHuggingFaceFolder({
      directory,
      base,
      tensors: [...base.weights.tensors.values()].map(sourceOfStored),
      tying,
    });
    expect(saved).toEqual({
      directory,
      files: ['config.json', 'generation_config.json', 'graph.json', SINGLE],
      tieWordEmbeddings: undefined,
      notes: [],
    });
    for (const name of saved.files)
      expect(
        (await readFile(join(directory, name))).equals(await readFile(join(base.path, name))),
      ).toBe(true);
    expect(await readdir(dirname(directory))).toEqual(['out']);
  });

  test('stores each tensor as the base does and carries unknown ones byte for byte', async () => {
    const packed: TensorSource = {
      name: 'scales',
      storageType: 'U8',
      shape: [3],
      chunks: () => [Uint8Array.of(1, 2, 3)],
    };
    const out = await saving({
      base: { [SINGLE]: [counting(EMBEDDING, 0, 'bf16'), counting(NORM, 0), packed] },
      tensors: [counting(EMBEDDING, 256), counting(NORM, 7)],
    });
    expect(out.weights.tensors.get(EMBEDDING)?.storageType).toBe('BF16');
    // eight bits of mantissa, ties to even
    expect(await values(out, EMBEDDING)).toEqual([256, 256, 258, 260, 260, 260]);
    expect(await values(out, NORM)).toEqual([7, 8, 9, 10, 11, 12]);
    expect(out.weights.tensors.get('scales')).toMatchObject({ storageType: 'U8', length: 3 });
    expect(out.text).toBe(CONFIG);
  });

  test('stores a given dtype and says so in the key the config uses', async () => {
    const out = await saving({
      base: { [SINGLE]: [counting(EMBEDDING, 0)] },
      tensors: [counting(EMBEDDING, 1)],
      options: { dtype: 'f16' },
    });
    expect(out.weights.entry(EMBEDDING).dtype).toBe('f16');
    expect(out.text).toBe(CONFIG.replace('"torch_dtype": "float32"', '"torch_dtype": "float16"'));
    const fresh = await saving({
      base: {},
      config: '{"model_type": "qwen3", "dtype": "float32"}',
      tensors: [counting(EMBEDDING, 1, 'bf16')],
    });
    expect(fresh.text).toBe('{"model_type": "qwen3", "dtype": "bfloat16"}');
  });

  test('changes config members, keeping the rest of the text', async () => {
    const out = await saving({
      base: { [SINGLE]: [counting(EMBEDDING, 0)] },
      tensors: [],
      options: { configChanges: { vocab_size: 7 } },
    });
    expect(out.text).toBe(CONFIG.replace('"float32"\n}', '"float32",\n  "vocab_size": 7\n}'));
  });

  test('copies companions, and extra files replace them', async () => {
    const root = await temporaryFolder();
    const directory = await writeFolder(join(root, 'base'), { [SINGLE]: [counting(EMBEDDING, 0)] });
    await writeFile(join(directory, 'blob'), '{"v": 1 }');
    await symlink('blob', join(directory, 'tokenizer.json'));
    await writeFile(join(directory, 'chat_template.jinja'), 'old');
    await writeFile(join(directory, 'README.md'), 'about the base');
    await saveHuggingFaceFolder({
      directory: join(root, 'out'),
      base: await HuggingFaceFolder.open(directory),
      tensors: [],
      tying,
      extraFiles: new Map([['chat_template.jinja', 'new']]),
    });
    expect((await readdir(join(root, 'out'))).sort()).toEqual([
      MARKER_FILE,
      'chat_template.jinja',
      'config.json',
      SINGLE,
      'tokenizer.json',
    ]);
    expect(await readFile(join(root, 'out/tokenizer.json'), 'utf8')).toBe('{"v": 1 }');
    expect(await readFile(join(root, 'out/chat_template.jinja'), 'utf8')).toBe('new');
  });

  test('leaves out links that lead out of the folder, but for blobs of a snapshot', async () => {
    const root = await temporaryFolder();
    const snapshot = join(root, 'models--a--b/snapshots/1');
    await mkdir(join(root, 'models--a--b/blobs'), { recursive: true });
    await mkdir(dirname(snapshot), { recursive: true });
    await writeFolder(snapshot, { [SINGLE]: [counting(EMBEDDING, 0)] });
    await writeFile(join(root, 'models--a--b/blobs/2'), '{"v": 2 }');
    await writeFile(join(root, 'private'), 'secret');
    await symlink('../../blobs/2', join(snapshot, 'tokenizer.json'));
    await symlink(join(root, 'private'), join(snapshot, 'vocab.txt'));
    await symlink(join(root, 'nowhere'), join(snapshot, 'merges.txt'));
    const saved = await saveHuggingFaceFolder({
      directory: join(root, 'out'),
      base: await HuggingFaceFolder.open(snapshot),
      tensors: [],
      tying,
    });
    expect(saved.files).toEqual(['config.json', SINGLE, 'tokenizer.json']);
    expect(saved.notes).toEqual(
      ['merges.txt', 'vocab.txt'].map(
        (name) =>
          `${name} is a link that leads out of the model's folder: it is not copied into results`,
      ),
    );
    expect([...(await tokenizerFilesIn(snapshot)).keys()]).toEqual(['tokenizer.json']);
  });
});

describe('shards', () => {
  const base = {
    'model-00001-of-00002.safetensors': [counting(EMBEDDING, 0), counting(NORM, 1)],
    'model-00002-of-00002.safetensors': [counting(HEAD, 2)],
  };
  const files = (folder: HuggingFaceFolder): Record<string, string> =>
    Object.fromEntries(
      [...folder.weights.tensors.values()].map(({ name, file }) => [name, basename(file)]),
    );

  test('follow the base', async () => {
    const out = await saving({
      base,
      tensors: [counting(HEAD, 3), counting(EMBEDDING, 4), counting(NORM, 5)],
    });
    expect(files(out)).toEqual({
      [EMBEDDING]: 'model-00001-of-00002.safetensors',
      [NORM]: 'model-00001-of-00002.safetensors',
      [HEAD]: 'model-00002-of-00002.safetensors',
    });
    const index = JSON.parse(
      await readFile(join(out.path, 'model.safetensors.index.json'), 'utf8'),
    );
    expect(index).toEqual({ metadata: { total_size: 72 }, weight_map: files(out) });
    expect(Object.keys(index.weight_map)).toEqual([HEAD, EMBEDDING, NORM]);
  });

  test('are cut at a size, one tensor at least in each', async () => {
    const tensors = [counting(EMBEDDING, 4), counting(NORM, 5), counting(HEAD, 3)];
    expect(
      new Set(Object.values(files(await saving({ base, tensors, options: { maxShardBytes: 48 } }))))
        .size,
    ).toBe(2);
    expect(files(await saving({ base, tensors, options: { maxShardBytes: 1 } }))).toEqual({
      [EMBEDDING]: 'model-00001-of-00003.safetensors',
      [NORM]: 'model-00002-of-00003.safetensors',
      [HEAD]: 'model-00003-of-00003.safetensors',
    });
    expect(
      new Set(
        Object.values(files(await saving({ base, tensors, options: { maxShardBytes: 72 } }))),
      ),
    ).toEqual(new Set([SINGLE]));
    await expect(saving({ base, tensors, options: { maxShardBytes: 0 } })).rejects.toThrow(
      'maxShardBytes 0 is not a positive whole number',
    );
  });

  test('are renumbered when dropping a tied head empties one', async () => {
    const out = await saving({
      base,
      config: tied,
      tensors: [counting(EMBEDDING, 4), counting(NORM, 5)],
    });
    expect(files(out)).toEqual({ [EMBEDDING]: SINGLE, [NORM]: SINGLE });
  });
});
