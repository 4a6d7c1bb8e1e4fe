// `automodel export`: through the command line to both exporters of this project.
import { cp, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import gguf from '@automodel/export-gguf';
import vllm from '@automodel/export-vllm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../src/run-cli.js';
import { recordingStreams } from './support/recording-streams.js';
import { plugins, repository, writeTinyFolder } from './support/tiny-folder.js';

let root: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-cli-export-')));
  await writeTinyFolder(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function cli(
  ...argv: string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const streams = recordingStreams(false);
  const code = await runCli(argv, {
    streams,
    workingDirectory: root,
    environment: {},
    signal: new AbortController().signal,
    plugins: [...plugins, vllm, gguf],
  });
  return { code, ...streams.written };
}

test('a model for vLLM: what was compared, and the command to serve it', async () => {
  const { code, out, err } = await cli(
    'export',
    '--to',
    'vllm',
    '--model',
    'model',
    '--output',
    'served',
    '--threads',
    '1',
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toBe(
    `exported ${join(root, 'served')}\nchecked  ${/(\d+) tensors/.exec(out)![1]!} tensors read ` +
      "back and equal\nchecked  logits equal to the source's\n\nnext: vllm serve " +
      `${join(root, 'served')}\n`,
  );
  expect(await readdir(join(root, 'served'))).toEqual(
    expect.arrayContaining(['config.json', 'model.safetensors', 'tokenizer.json']),
  );
});

test('an adapter, told as JSON', async () => {
  const [model, adapter] = [
    join(repository, 'goldens/models/llama-gqa'),
    join(repository, 'goldens/models/llama-gqa/adapter'),
  ];
  const { code, out } = await cli(
    'export',
    '--to',
    'vllm',
    '--model',
    model,
    '--adapter',
    adapter,
    '--type',
    'bf16',
    '--output',
    'sql',
    '--json',
  );
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    to: 'vllm',
    path: join(root, 'sql'),
    notes: [],
    command:
      `vllm serve ${model} --enable-lora --max-lora-rank 8 --lora-modules ` +
      `sql=${join(root, 'sql')}`,
  });
});

test('a tokenizer that GGUF cannot express is refused by its file, and nothing is written', async () => {
  await cp(join(root, 'model'), join(root, 'own-pattern'), { recursive: true });
  const tokenizer = join(root, 'own-pattern/tokenizer.json');
  const text = await readFile(tokenizer, 'utf8');
  await writeFile(tokenizer, text.replace("'ll|'d", "'ll"));
  const { code, err } = await cli(
    'export',
    '--to',
    'gguf',
    '--model',
    'own-pattern',
    '--type',
    'f16',
    '--output',
    'model.gguf',
  );
  expect(code).toBe(2);
  expect(err).toMatch(
    /own-pattern\/tokenizer\.json: the pre-tokenizer \(split .*\) is none that llama\.cpp knows by name/,
  );
  expect(await readdir(root)).not.toContain('model.gguf');
});

test('an adapter of another base is refused by the names of its tensors, and nothing is written', async () => {
  const { code, err } = await cli(
    'export',
    '--to',
    'vllm',
    '--model',
    join(repository, 'goldens/models/llama-gqa'),
    '--adapter',
    join(repository, 'goldens/models/gemma3/adapter'),
    '--output',
    'none',
  );
  expect(code).toBe(2);
  expect(err).toMatch(/belongs to another base/);
  expect(await readdir(root)).not.toContain('none');
});

test('an exporter that is not installed is an error that says what there is', async () => {
  const { code, err } = await cli('export', '--to', 'onnx', '--model', 'model', '--output', 'none');
  expect(code).toBe(2);
  expect(err).toMatch(
    /^error: exporting to "onnx" needs a plugin \(no package of this project provides it/,
  );
});
