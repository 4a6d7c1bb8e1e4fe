import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveModelFolder, type DownloadProgress, type ResolveOptions } from '../src/index.js';
import { FakeHub } from './fake-hub.js';
import { COMMIT, gitHash, sha256 } from './fake-repository.js';
import { FILES, MODELS } from './hub-models.js';

let hub: FakeHub;
let home: string;
const resolved = (
  id: string,
  options: ResolveOptions = {},
  environment: Record<string, string> = {},
): Promise<string> =>
  resolveModelFolder(id, {
    timing: { firstPauseSeconds: 0.001 },
    ...options,
    environment: { HF_ENDPOINT: hub.endpoint, HF_HOME: home, ...environment },
  });
const repositoryFolder = (): string => join(home, 'hub/models--someone--tiny');

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'automodel-hub-')));
  hub = await FakeHub.start(...MODELS);
});

afterEach(async () => {
  await hub.stop();
  await rm(home, { recursive: true, force: true });
});

test(
  'a hub id becomes a folder in the standard cache, with the files that are needed and no ' +
    'others',
  async () => {
    const folder = await resolved(
      'someone/tiny',
      {},
      { HF_ENDPOINT: `${hub.endpoint}/`, HF_TOKEN: 'hf_secret' },
    );
    expect(folder).toBe(join(repositoryFolder(), 'snapshots', COMMIT));
    expect((await readdir(folder)).sort()).toEqual([
      'LICENSE.txt',
      'additional_chat_templates',
      'chat_template.jinja',
      'config.json',
      'model.safetensors',
      'tokenizer.json',
    ]);
    expect(await readFile(join(folder, 'model.safetensors'), 'utf8')).toBe('weights');
    expect(await readFile(join(repositoryFolder(), 'refs/main'), 'utf8')).toBe(COMMIT);
  },
);

test("contents are named by their hashes and linked relatively, as Python's tools do", async () => {
  const folder = await resolved('someone/tiny');
  expect(await readlink(join(folder, 'model.safetensors'))).toBe(
    `../../blobs/${sha256(Buffer.from('weights'))}`,
  );
  expect(await readlink(join(folder, 'config.json'))).toBe(
    `../../blobs/${gitHash(Buffer.from(FILES['config.json']))}`,
  );
  expect(await readlink(join(folder, 'additional_chat_templates/tools.jinja'))).toBe(
    `../../../blobs/${gitHash(Buffer.from('{{ tools }}'))}`,
  );
  expect(
    (await readdir(join(repositoryFolder(), 'blobs'))).filter(
      (name) => name.length !== 40 && name.length !== 64,
    ),
  ).toEqual([]);
});

test('the token goes to the hub and to no other host', async () => {
  await resolved('someone/tiny', {}, { HF_TOKEN: 'hf_secret' });
  const of = (host: string): unknown[] => [
    ...new Set(
      hub.requests
        .filter((request) => request.host === host)
        .map(({ authorization }) => authorization),
    ),
  ];
  expect(of('hub')).toEqual(['Bearer hf_secret']);
  expect(of('cdn')).toEqual([undefined]);
});

test(
  'the token is read from the variables and files of the Python tools, and stays home where it ' +
    'is told to',
  async () => {
    await writeFile(join(home, 'token'), 'hf_stored\n');
    const sent = async (environment: Record<string, string>): Promise<unknown> => {
      await resolved('someone/tiny', {}, environment);
      return hub.requests.filter(({ host }) => host === 'hub').at(-1)?.authorization;
    };
    expect(await sent({})).toBe('Bearer hf_stored');
    expect(await sent({ HUGGING_FACE_HUB_TOKEN: 'hf_old' })).toBe('Bearer hf_old');
    await writeFile(join(home, 'elsewhere'), 'hf_elsewhere');
    expect(await sent({ HF_TOKEN_PATH: join(home, 'elsewhere') })).toBe('Bearer hf_elsewhere');
    expect(await sent({ HF_TOKEN: 'hf_a', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' })).toBeUndefined();
    await expect(sent({ HF_TOKEN: 'hf_ä secret' })).rejects.toThrow(
      /^the hub token in HF_TOKEN holds characters/,
    );
  },
);

test('files that are in the cache are not fetched again', async () => {
  await resolved('someone/tiny');
  const before = hub.downloads.length;
  await resolved('someone/tiny');
  expect(before).toBeGreaterThan(5);
  expect(hub.downloads.length).toBe(before);
});

test('the cache is where the variables of the Python tools say', async () => {
  const other = join(home, 'other');
  expect(
    await resolved(
      'someone/tiny',
      {},
      { HF_HUB_CACHE: other, HUGGINGFACE_HUB_CACHE: join(home, 'no') },
    ),
  ).toBe(join(other, 'models--someone--tiny/snapshots', COMMIT));
  expect(await resolved('someone/tiny', {}, { HUGGINGFACE_HUB_CACHE: other })).toContain(other);
  expect(await resolved('someone/tiny', {}, { HF_HOME: '', XDG_CACHE_HOME: other })).toContain(
    join(other, 'huggingface/hub'),
  );
  expect(
    await resolved('someone/tiny', {}, { HF_HOME: '~/$WHERE', HOME: home, WHERE: 'there' }),
  ).toContain(join(home, 'there/hub'));
});

test('a revision is a branch, a tag, a pull request or a commit', async () => {
  const folder = await resolved('someone/tiny', { revision: 'v2' });
  expect(await readFile(join(folder, 'model.safetensors'), 'utf8')).toBe('newer weights');
  expect(await readFile(join(repositoryFolder(), 'refs/v2'), 'utf8')).toBe('b'.repeat(40));
  expect(await resolved('someone/tiny', { revision: 'refs/pr/1' })).toContain('e'.repeat(40));
  expect(await readFile(join(repositoryFolder(), 'refs/refs/pr/1'), 'utf8')).toBe('e'.repeat(40));
  expect(await resolved('someone/tiny', { revision: COMMIT })).toContain(COMMIT);
  await expect(resolved('someone/tiny', { revision: 'v9' })).rejects.toMatchObject({
    code: 'missing-file',
    message: 'model someone/tiny has no revision "v9"',
  });
});

test('the index names the shards to fetch, and an adapter is two files', async () => {
  const names = async (folder: string): Promise<string[]> => (await readdir(folder)).sort();
  expect(await names(await resolved('someone/sharded'))).toEqual([
    'config.json',
    'model-00001-of-00002.safetensors',
    'model-00002-of-00002.safetensors',
    'model.safetensors.index.json',
    'tokenizer.json',
  ]);
  expect(await names(await resolved('someone/adapter'))).toEqual([
    'adapter_config.json',
    'adapter_model.safetensors',
  ]);
});

test('a tokenizer comes without weights, a subfolder alone', async () => {
  expect((await readdir(await resolved('someone/tiny', { parts: 'tokenizer' }))).sort()).toEqual([
    'LICENSE.txt',
    'additional_chat_templates',
    'chat_template.jinja',
    'config.json',
    'tokenizer.json',
  ]);
  const folder = await resolved('someone/tiny', { subfolder: 'onnx', parts: 'config' });
  expect(folder).toBe(join(repositoryFolder(), 'snapshots', COMMIT, 'onnx'));
  expect(await readdir(folder)).toEqual(['config.json']);
});

test('progress counts the bytes of all files and ends with all of them', async () => {
  const seen: DownloadProgress[] = [];
  await resolved('someone/sharded', { onProgress: (progress) => seen.push(progress) });
  const weights = seen.filter(({ files }) => files > 1);
  expect(weights.at(-1)).toMatchObject({
    repository: 'someone/sharded',
    files: 3,
    totalBytes: 13,
    bytes: 13,
  }); // two files have the same content
  seen.length = 0;
  await resolved('someone/sharded', { onProgress: (progress) => seen.push(progress) });
  expect(seen).toEqual([]);
});

test('copies stand in for links where links are not wanted', async () => {
  const folder = await resolved('someone/tiny', {}, { HF_HUB_DISABLE_SYMLINKS: '1' });
  await expect(readlink(join(folder, 'model.safetensors'))).rejects.toMatchObject({
    code: 'EINVAL',
  });
  expect(await readFile(join(folder, 'model.safetensors'), 'utf8')).toBe('weights');
});

test('a folder is used as it is', async () => {
  expect(await resolved(home)).toBe(home);
  await expect(resolved(home, { revision: 'v2' })).rejects.toMatchObject({
    code: 'bad-argument',
    message: expect.stringContaining('is a folder here') as string,
  });
  expect(hub.requests).toEqual([]);
});

test('what is neither a folder nor on the hub is refused with what to do', async () => {
  await mkdir(join(home, 'my-model'));
  await expect(resolved('./nowhere/model')).rejects.toMatchObject({
    code: 'missing-file',
    hint: expect.stringContaining('hub id') as string,
  });
  await expect(resolved('my-modle', { workingDirectory: home })).rejects.toMatchObject({
    code: 'missing-file',
    message: expect.stringContaining(`${join(home, 'my-model')} exists`) as string,
  });
  await expect(resolved('someone/else')).rejects.toMatchObject({
    code: 'missing-file',
    message: expect.stringMatching(
      /^model someone\/else is not on the hub at http:.* and no folder here/,
    ) as string,
    hint: expect.stringContaining('HF_TOKEN') as string,
  });
  await writeFile(join(home, 'file'), '');
  await expect(resolved(join(home, 'file'))).rejects.toMatchObject({ code: 'bad-argument' });
  expect(await stat(join(home, 'hub')).catch(() => 'absent')).toBe('absent');
});
