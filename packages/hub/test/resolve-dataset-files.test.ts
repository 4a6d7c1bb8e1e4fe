import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveDatasetFiles, type DatasetFiles, type DatasetOptions } from '../src/index.js';
import { FakeHub } from './fake-hub.js';
import { COMMIT } from './fake-repository.js';

const CARD =
  '---\nconfigs:\n- config_name: plain_text\n  data_files:\n  - split: train\n    path: ' +
  'plain_text/train-*\n  - split: validation\n    path: plain_text/validation-*\n---\n';
const COPY = 'f'.repeat(40);

let hub: FakeHub;
let home: string;
const resolved = (
  id: string,
  options: DatasetOptions = {},
  environment: Record<string, string> = {},
): Promise<DatasetFiles> =>
  resolveDatasetFiles(id, {
    timing: { firstPauseSeconds: 0.001, attempts: 1 },
    ...options,
    environment: { HF_ENDPOINT: hub.endpoint, HF_HOME: home, ...environment },
  });

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'automodel-hub-')));
  hub = await FakeHub.start(
    {
      type: 'dataset',
      id: 'someone/squad',
      files: {
        'README.md': CARD,
        'plain_text/train-00000-of-00002.parquet': 'first',
        'plain_text/train-00001-of-00002.parquet': 'second',
        'plain_text/validation-00000-of-00001.parquet': 'third',
      },
    },
    {
      type: 'dataset',
      id: 'someone/script',
      files: { 'script.py': 'print()', 'README.md': '# no yaml' },
      revisions: {
        'refs/convert/parquet': { commit: COPY, files: { 'default/train/0000.parquet': 'rows' } },
      },
    },
    { type: 'dataset', id: 'someone/images', files: { 'all.zip': 'x' } },
  );
});

afterEach(async () => {
  await hub.stop();
  await rm(home, { recursive: true, force: true });
});

test('only the files of the requested split of a data set are fetched', async () => {
  const { files, revision, configuration } = await resolved('someone/squad', {
    split: 'train[:100]',
  });
  const snapshot = join(home, 'hub/datasets--someone--squad/snapshots', COMMIT);
  expect(files).toEqual([
    join(snapshot, 'plain_text/train-00000-of-00002.parquet'),
    join(snapshot, 'plain_text/train-00001-of-00002.parquet'),
  ]);
  expect(await Promise.all(files.map((file) => readFile(file, 'utf8')))).toEqual([
    'first',
    'second',
  ]);
  expect([revision, configuration]).toEqual([COMMIT, 'plain_text']);
  expect(hub.downloads.filter(({ url }) => url.includes('validation'))).toEqual([]);
});

test('a data set that is a script comes from the Parquet copy of the hub', async () => {
  const notes: string[] = [];
  const { files, revision } = await resolved('someone/script', {
    onNote: (text) => notes.push(text),
  });
  expect(files).toEqual([
    join(home, 'hub/datasets--someone--script/snapshots', COPY, 'default/train/0000.parquet'),
  ]);
  expect([revision, notes]).toEqual([COPY, []]);
  expect(
    (await resolved('someone/script', { revision: COMMIT, onNote: (text) => notes.push(text) }))
      .revision,
  ).toBe(COPY);
  expect(notes).toEqual([
    "data set someone/script is read from the hub's Parquet copy, which does not follow revision " +
      `${COMMIT}`,
  ]);
  await expect(resolved('someone/images')).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('no Parquet copy') as string,
  });
});

test('what is in the cache serves offline, and what is not is named', async () => {
  const online = await resolved('someone/squad');
  expect(await resolved('someone/squad', {}, { HF_HUB_OFFLINE: '1' })).toEqual(online);
  expect((await resolved('someone/script')).files).toEqual(
    (await resolved('someone/script', {}, { HF_HUB_OFFLINE: '1' })).files,
  );
  await expect(
    resolved('someone/squad', { split: 'validation' }, { HF_HUB_OFFLINE: '1' }),
  ).rejects.toMatchObject({
    code: 'missing-file',
    message: expect.stringContaining('(split validation is missing)') as string,
  });
  await rm(online.files[1] ?? '');
  await expect(resolved('someone/squad', {}, { HF_HUB_OFFLINE: '1' })).rejects.toMatchObject({
    message: expect.stringContaining(
      '(plain_text/train-00001-of-00002.parquet is missing)',
    ) as string,
  });
});

test('a data set, configuration or split that is not there is named', async () => {
  await expect(
    resolved('someone/none', { aside: 'no file here (data.jsonl)' }),
  ).rejects.toMatchObject({
    code: 'missing-file',
    message: expect.stringMatching(
      /^data set someone\/none is not on the hub at .* and no file here \(data\.jsonl\)$/,
    ) as string,
  });
  await expect(resolved('someone/squad', { split: 'test' })).rejects.toThrow(
    'data set someone/squad (plain_text) has no split "test"; it has train, validation',
  );
  await expect(resolved('someone/squad', { name: 'v2' })).rejects.toThrow(
    'data set someone/squad has no configuration "v2"; it has plain_text',
  );
  await expect(resolved('./data.jsonl')).rejects.toMatchObject({
    code: 'missing-file',
    message: expect.stringContaining('neither a file here nor the id') as string,
  });
});
