import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeHub } from '../../../packages/hub/test/fake-hub.js';
import { COMMIT } from '../../../packages/hub/test/fake-repository.js';
import { downloadProgress } from '../src/render/download-progress.js';
import { ProgressLine } from '../src/terminal/progress-line.js';
import { cliIn, typed, type CliResult, type Words } from './support/cli-in.js';
import { recordingStreams } from './support/recording-streams.js';
import { repository, writeTinyFolder } from './support/tiny-folder.js';

const MODEL = {
  'config.json': '{"model_type":"llama"}',
  'tokenizer.json': '{}',
  'model.safetensors': 'weights',
};

let hub: FakeHub;
let root: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-cli-hub-')));
  hub = await FakeHub.start(
    { id: 'someone/tiny', files: MODEL },
    { type: 'dataset', id: 'someone/set', files: { 'train.jsonl': '{}', 'test.jsonl': '{}' } },
  );
  await mkdir(join(root, 'out'));
  for (const [name, text] of Object.entries(MODEL)) await writeFile(join(root, 'out', name), text);
});
afterAll(async () => {
  await hub.stop();
  await rm(root, { recursive: true, force: true });
});

const cli = (...words: Words): Promise<CliResult> =>
  cliIn(root, typed(...words), {
    environment: { HF_ENDPOINT: hub.endpoint, HF_HOME: join(root, 'home'), HF_TOKEN: 'hf_secret' },
  });

test('download prints where the model or the files of a split are', async () => {
  const snapshot = join(root, 'home/hub/models--someone--tiny/snapshots', COMMIT);
  const { code, out, err } = await cli`download someone/tiny`;
  expect({ code, out }).toEqual({ code: 0, out: `${snapshot}\n` });
  expect(err).toMatch(/^downloading someone\/tiny: /);
  expect((await cli`download someone/set --dataset --split test`).out).toBe(
    `${join(root, 'home/hub/datasets--someone--set/snapshots', COMMIT, 'test.jsonl')}\n`,
  );
  expect(JSON.parse((await cli`download someone/tiny --json`).out)).toEqual({
    folder: snapshot,
  });
});

test('what cannot be fetched is one line and exit code 2', async () => {
  const { code, out, err } = await cli`download someone/else`;
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^error: model someone\/else is not on the hub at .*\n$/);
});

test('push says where the result is then found; a dry run shows the card', async () => {
  const dry = await cli`push --folder out --repo me/result --dry-run`;
  expect(dry.code).toBe(0);
  expect(dry.out).toContain(
    `would push to ${hub.endpoint}/me/result:\n  README.md\n  config.json\n`,
  );
  expect(dry.out).toContain('\nREADME.md:\n\n---\n');
  expect(hub.created).toEqual([]);
  const { code, out, err } = await cli`push --folder out --repo me/result --private`;
  expect({ code, out }).toEqual({
    code: 0,
    out:
      `pushed   4 files\nmodel    ${hub.endpoint}/me/result\ncommit   ` +
      `${'d'.repeat(40)}\n\nnext: npx automodel generate --model me/result --prompt Hello\n`,
  });
  expect(hub.created).toMatchObject([{ name: 'result', visibility: 'private' }]);
  expect(out + err).not.toContain('hf_secret');
  expect(await cli`push --folder nowhere --repo me/result`).toMatchObject({
    code: 2,
    err: `error: ${join(root, 'nowhere')}: the folder does not exist\n`,
  });
});

test('push says how to try the result, with a question of its data', async () => {
  await cp(join(root, 'out'), join(root, 'tried'), { recursive: true });
  await cp(join(repository, 'examples/quickstart/tokenizer'), join(root, 'tried'), {
    recursive: true,
  });
  await writeFile(join(root, 'asked.jsonl'), '{"prompt": "What\'s $1?", "completion": "one"}\n');
  await writeFile(
    join(root, 'tried/recipe.yaml'),
    'model: {pretrained_model_name_or_path: model}\n' +
      [
        'optimizer: {lr: 1e-4}',
        'dataset: {path_or_dataset_id: asked.jsonl}',
        'checkpoint: {checkpoint_dir: tried}',
        '',
      ].join('\n'),
  );
  const { out } = await cli`push --folder tried --repo me/result`;
  expect(out.trimEnd().split('\n').at(-1)).toBe(
    "next: npx automodel generate --model me/result --prompt 'What'\\''s $1?'",
  );
});

test('a run takes its model and its data from the hub, and shows both coming', async () => {
  const source = join(root, 'source');
  await mkdir(source);
  await writeTinyFolder(source);
  const names = await readdir(join(source, 'model'));
  const files = Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(source, 'model', name))] as const),
    ),
  );
  hub.repositories.push(
    { id: 'someone/model', files },
    {
      type: 'dataset',
      id: 'someone/rows',
      files: { 'train.jsonl': await readFile(join(source, 'rows.jsonl')) },
    },
  );
  const { code, err } = await cli`finetune --model someone/model --data someone/rows --output tuned
    --step_scheduler.max_steps 1 --step_scheduler.global_batch_size=2 --backend.threads 1`;
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  expect(err).toContain('downloading someone/model: ');
  expect(err).toContain('downloading someone/rows: ');
  expect(await readdir(join(root, 'tuned'))).toContain('model.safetensors');
});

test('the template of a model on the hub is shown without fetching its weights', async () => {
  const folder = join(repository, 'examples/quickstart/tokenizer');
  const files = Object.fromEntries(
    await Promise.all(
      (await readdir(folder)).map(async (name) => [name, await readFile(join(folder, name))]),
    ),
  ) as Readonly<Record<string, Buffer>>;
  hub.repositories.push({ id: 'someone/writer', files: { ...MODEL, ...files } });
  const { out, err } = await cli`template someone/writer`;
  expect(err).toContain('downloading someone/writer: ');
  expect(out).toContain('⟦The lower one.<|im_end|>⟧\n');
  const snapshot = join(root, 'home/hub/models--someone--writer/snapshots', COMMIT);
  expect(await readdir(snapshot)).not.toContain('model.safetensors');
});

test('progress shows bytes, share, speed and time left, and is redrawn only now and then', () => {
  const streams = recordingStreams(true);
  let time = 0;
  const show = downloadProgress(
    new ProgressLine({ ...streams.err, columns: 200 }, () => time),
    () => time,
  );
  const at = (milliseconds: number, bytes: number): void => {
    time = milliseconds;
    show({
      repository: 'someone/tiny',
      file: 'model.safetensors',
      bytes,
      totalBytes: 4 << 20,
      files: 2,
    });
  };
  at(0, 0);
  at(50, 1000);
  at(1000, 1 << 20);
  at(4000, 4 << 20);
  expect(streams.written.err.split('\r\u001b[2K').slice(1)).toEqual([
    '0 % ▕            ▏ 0 B of 4.0 MiB · downloading someone/tiny',
    '25 % ▕███         ▏ 1.0 MiB of 4.0 MiB · downloading someone/tiny · 3.0 s left · 1.0 MiB/s',
    '100 % ▕████████████▏ 4.0 MiB of 4.0 MiB · downloading someone/tiny · 1.0 MiB/s\n',
  ]);
});
