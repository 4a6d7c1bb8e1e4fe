import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AutomodelError } from '@automodel/core';
import { downloadSnapshot } from '../src/download-snapshot.js';
import { FakeHub } from './fake-hub.js';
import { COMMIT } from './fake-repository.js';
import { refusal, useTinyHub } from './tiny-hub.js';

const tiny = useTinyHub();

test('gated repositories say where to ask, wrong tokens where to make one', async () => {
  const page = `${tiny.hub.endpoint}/someone/gated`;
  expect(await refusal(tiny.resolved({}, {}, 'someone/gated'))).toMatchObject({
    code: 'network',
    message: 'model someone/gated is gated: it is given only to accounts that asked for it',
    hint: `ask for access at ${page}, then set HF_TOKEN to a token of that account`,
  });
  expect(await refusal(tiny.resolved({}, { HF_TOKEN: 'hf_other' }, 'someone/gated'))).toMatchObject(
    {
      code: 'network',
      message: expect.stringContaining(
        'the account of the token in HF_TOKEN was not given access',
      ) as string,
      hint: expect.stringContaining(page) as string,
    },
  );
  tiny.hub.tokens = ['hf_good'];
  const error = await refusal(tiny.resolved({}, { HF_TOKEN: 'hf_bad' }));
  expect(error).toMatchObject({
    code: 'network',
    message: expect.stringMatching(/^127\.0\.0\.1:\d+ refuses the token in HF_TOKEN$/) as string,
    hint: expect.stringContaining('/settings/tokens') as string,
  });
  expect(`${error.message} ${error.hint} ${String(error.cause)}`).not.toContain('hf_bad');
});

test('offline, what is complete in the cache is used without a request', async () => {
  const folder = await tiny.resolved();
  const before = tiny.hub.requests.length;
  expect(await tiny.resolved({}, { HF_HUB_OFFLINE: '1' })).toBe(folder);
  expect(await tiny.resolved({ revision: COMMIT }, { TRANSFORMERS_OFFLINE: 'true' })).toBe(folder);
  expect(tiny.hub.requests.length).toBe(before);
  expect(await refusal(tiny.resolved({ revision: 'v2' }, { HF_HUB_OFFLINE: '1' }))).toMatchObject({
    code: 'missing-file',
    message: expect.stringMatching(
      /at revision v2 is not in the cache and HF_HUB_OFFLINE=1 forbids the network$/,
    ) as string,
  });
  await rm(join(folder, 'model.safetensors'));
  expect(await refusal(tiny.resolved({}, { HF_HUB_OFFLINE: '1' }))).toMatchObject({
    code: 'missing-file',
    message: expect.stringContaining(
      'complete in the cache (model.safetensors is missing)',
    ) as string,
  });
});

test('a hub that cannot be reached is replaced by the cache, with a note', async () => {
  const closed = await FakeHub.start();
  const unreachable = closed.endpoint;
  await closed.stop();
  const host = new URL(unreachable).host;
  expect(
    await refusal(tiny.resolved({}, { HF_ENDPOINT: unreachable, HTTPS_PROXY: 'http://proxy:1' })),
  ).toMatchObject({
    code: 'network',
    message: expect.stringContaining(`${host} refused the connection (ECONNREFUSED)`) as string,
    hint: expect.stringMatching(/HF_HUB_OFFLINE=1.*HTTPS_PROXY is set/) as string,
  });
  const folder = await tiny.resolved();
  const notes: string[] = [];
  expect(
    await tiny.resolved({ onNote: (text) => notes.push(text) }, { HF_ENDPOINT: unreachable }),
  ).toBe(folder);
  expect(notes).toEqual([
    `${host} refused the connection (ECONNREFUSED): model someone/tiny is taken from the cache, ` +
      'as of commit c0ffee00',
  ]);
});

test('settings that cannot be used are refused by their names', async () => {
  expect((await refusal(tiny.resolved({}, { HF_ENDPOINT: 'huggingface.co' }))).message).toBe(
    'HF_ENDPOINT is "huggingface.co", which is not a web address',
  );
  expect(
    (await refusal(tiny.resolved({}, { HF_ENDPOINT: 'https://me:password@host' }))).message,
  ).not.toContain('password@');
  expect((await refusal(tiny.resolved({}, { HF_HUB_DOWNLOAD_TIMEOUT: 'soon' }))).message).toBe(
    'HF_HUB_DOWNLOAD_TIMEOUT is "soon", which is not a number of seconds',
  );
});

test('a read-only cache and a disk that is too small are noticed before a download', async () => {
  await writeFile(join(tiny.home, 'file'), '');
  expect(
    await refusal(tiny.resolved({}, { HF_HUB_CACHE: join(tiny.home, 'file/below') })),
  ).toMatchObject({
    code: 'io',
    message: expect.stringContaining(
      `${join(tiny.home, 'file/below')} cannot be written (ENOTDIR)`,
    ) as string,
    hint: expect.stringContaining('HF_HOME') as string,
  });
  const small = downloadSnapshot({
    repository: { type: 'model', id: 'someone/tiny' },
    environment: tiny.environmentOf(),
    choose: (files) => Promise.resolve(files),
    missing: () => Promise.resolve(undefined),
    freeBytes: () => Promise.resolve(1000),
  });
  expect(await refusal(small)).toMatchObject({
    code: 'io',
    message: expect.stringMatching(/^model someone\/tiny needs 0\.000 GiB and the disk/) as string,
  });
  expect(tiny.hub.downloads).toEqual([]);
});

test('repositories that hold no model say what they hold', async () => {
  const holding = async (files: Record<string, string>): Promise<AutomodelError> => {
    tiny.hub.repositories.push({ id: 'someone/odd', files });
    return refusal(tiny.resolved({}, {}, 'someone/odd')).finally(
      () => void tiny.hub.repositories.pop(),
    );
  };
  expect(await holding({ 'model-Q4.gguf': 'x' })).toMatchObject({
    code: 'unsupported',
    message: 'model someone/odd holds no config.json, only GGUF files',
  });
  expect(await holding({ 'README.md': 'x' })).toMatchObject({
    code: 'missing-file',
    message: 'model someone/odd holds no config.json',
  });
  expect(await holding({ 'unet/config.json': '{}', 'model_index.json': '{}' })).toMatchObject({
    message: 'model someone/odd holds no config.json, it is a pipeline of several models',
    hint: expect.stringContaining('unet') as string,
  });
  expect(await holding({ 'config.json': '{}', 'pytorch_model.bin': 'x' })).toMatchObject({
    code: 'unsupported',
    message: 'model someone/odd holds no safetensors, only pickle files, which can run code',
    hint: expect.stringContaining('refs/pr/N') as string,
  });
  expect(await holding({ 'config.json': '{}' })).toMatchObject({
    message: 'model someone/odd holds no safetensors and no other weights',
  });
  expect(
    await holding({
      'config.json': '{}',
      'model.safetensors.index.json': '{"weight_map":{"a":"model-1.safetensors"}}',
    }),
  ).toMatchObject({
    message:
      'model someone/odd lacks model-1.safetensors, which its model.safetensors.index.json names',
  });
  expect(
    await holding({ 'config.json': '{}', 'model.safetensors.index.json': '{}' }),
  ).toMatchObject({ code: 'bad-file' });
});

test('a listing that names files outside the cache writes nothing there', async () => {
  tiny.hub.repositories.push({
    id: 'someone/evil',
    files: {
      'config.json': '{}',
      'additional_chat_templates/../../../../../outside.jinja': 'x',
      'model.safetensors': 'x',
    },
  });
  await tiny.resolved({}, {}, 'someone/evil');
  expect(await readdir(tiny.home)).toEqual(['hub']);
  tiny.hub.repositories.push({
    id: 'someone/worse',
    files: { 'config.json': '{}', '..\\..\\outside.json': 'x', 'model.safetensors': 'x' },
  });
  expect(await refusal(tiny.resolved({}, {}, 'someone/worse'))).toMatchObject({ code: 'bad-file' });
});
