// `automodel export`: through the command line to both exporters of this project.
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import gguf from '@automodel/export-gguf';
import vllm from '@automodel/export-vllm';
import { expect, test } from 'vitest';
import { cliIn, typed, type CliResult, type Words } from './support/cli-in.js';
import { joined } from './support/joined.js';
import { plugins, repository } from './support/tiny-folder.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();

const cli = (...words: Words): Promise<CliResult> =>
  cliIn(root(), typed(...words), { plugins: [...plugins, vllm, gguf] });

test('a model for vLLM: what was compared, and the command to serve it', async () => {
  const { code, out, err } = await cli`export --to vllm --model model --output served --threads 1`;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toBe(
    `exported served\nchecked  ${/(\d+) tensors/.exec(out)![1]!} tensors read back and equal\n` +
      "checked  logits equal to the source's\n\nnext: vllm serve served\n",
  );
  expect(await readdir(join(root(), 'served'))).toEqual(
    expect.arrayContaining(['config.json', 'model.safetensors', 'tokenizer.json']),
  );
});

test('an output that exists is replaced only with --force, also a file', async () => {
  const again = cli`export --to vllm --model model --output served --threads 1`;
  expect(await again).toMatchObject({
    code: 2,
    err: expect.stringContaining('or replace this one with --force') as string,
  });
  await writeFile(join(root(), 'served/config.json'), '{}');
  expect((await cli`export --to vllm --model model --output served --force`).code).toBe(0);
  expect(await readFile(join(root(), 'served/config.json'), 'utf8')).toContain('llama');
  const toFile = typed`export --to gguf --model model --type f16 --output one.gguf`;
  expect((await cli`${toFile}`).code).toBe(0);
  const [first, files] = [await readFile(join(root(), 'one.gguf')), await readdir(root())];
  await writeFile(join(root(), 'one.gguf'), 'old');
  expect(await cli`${toFile}`).toMatchObject({
    code: 2,
    err: expect.stringContaining('one.gguf: exists already (choose another output, or') as string,
  });
  expect((await cli`${toFile} --force`).code).toBe(0);
  expect(await readFile(join(root(), 'one.gguf'))).toEqual(first);
  expect(await readdir(root())).toEqual(files);
  const intoFolder = typed`export --to gguf --model model --output types --type`;
  expect((await cli`${intoFolder} f16`).code).toBe(0);
  expect((await cli`${intoFolder} q8_0`).code).toBe(0);
  expect((await cli`${intoFolder} f16`).code).toBe(2);
  expect((await cli`${intoFolder} f16 --force`).code).toBe(0);
  expect((await readdir(join(root(), 'types'))).filter((name) => name.endsWith('.gguf'))).toEqual([
    'model-f16.gguf',
    'model-q8_0.gguf',
  ]);
});

test('an adapter, reported as JSON', async () => {
  const [model, adapter] = [
    join(repository, 'goldens/models/llama-gqa'),
    join(repository, 'goldens/models/llama-gqa/adapter'),
  ];
  const { code, out } = await cli`export --to vllm --model ${model} --adapter ${adapter}
    --type bf16 --output sql --json`;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    to: 'vllm',
    path: join(root(), 'sql'),
    notes: [],
    command:
      `vllm serve ${model} --enable-lora --max-lora-rank 8 --lora-modules ` +
      `sql=${join(root(), 'sql')}`,
  });
});

test('a tokenizer that GGUF cannot express is refused by its file', async () => {
  await cp(join(root(), 'model'), join(root(), 'own-pattern'), { recursive: true });
  const tokenizer = join(root(), 'own-pattern/tokenizer.json');
  const text = await readFile(tokenizer, 'utf8');
  await writeFile(tokenizer, text.replace("'ll|'d", "'ll"));
  const { code, err } =
    await cli`export --to gguf --model own-pattern --type f16 --output model.gguf`;
  expect(code).toBe(2);
  expect(err).toMatch(
    joined(
      /own-pattern\/tokenizer\.json: the pre-tokenizer /,
      /\(split .*\) is not one that llama\.cpp knows by name/,
    ),
  );
  expect(await readdir(root())).not.toContain('model.gguf');
});

test('an adapter of another base is refused by the names of its tensors', async () => {
  const models = join(repository, 'goldens/models');
  const { code, err } = await cli`export --to vllm --model ${models}/llama-gqa
    --adapter ${models}/gemma3/adapter --output none`;
  expect(code).toBe(2);
  expect(err).toMatch(/belongs to another base/);
  expect(await readdir(root())).not.toContain('none');
});

test('an exporter that is not installed is an error that says what there is', async () => {
  const { code, err } = await cli`export --to onnx --model model --output none`;
  expect(code).toBe(2);
  expect(err).toMatch(
    /^error: exporting to "onnx" needs a plugin \(no package of this project provides it/,
  );
});
