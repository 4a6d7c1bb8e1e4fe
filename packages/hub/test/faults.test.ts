import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AutomodelError } from '@automodel/core';
import { resolveModelFolder, type ResolveOptions } from '../src/index.js';
import { downloadSnapshot } from '../src/download-snapshot.js';
import { COMMIT, FakeHub, sha256, type Fault, type Seen } from './fake-hub.js';

/** 200 kB that no compression or luck makes right when a piece is missing or doubled. */
const WEIGHTS = Buffer.concat(
  Array.from({ length: 6250 }, (_, i) => createHash('sha256').update(String(i)).digest()),
);
const FILES = { 'config.json': '{}', 'tokenizer.json': '{"a":1}', 'model.safetensors': WEIGHTS };

let hub: FakeHub;
let home: string;
const environmentOf = (environment: Record<string, string> = {}): Record<string, string> => ({
  HF_ENDPOINT: hub.endpoint,
  HF_HOME: home,
  ...environment,
});
const resolved = (
  options: ResolveOptions = {},
  environment: Record<string, string> = {},
  id = 'someone/tiny',
): Promise<string> =>
  resolveModelFolder(id, {
    timing: { firstPauseSeconds: 0.001, attempts: 3 },
    ...options,
    environment: environmentOf(environment),
  });
const hasWeights = async (folder: string): Promise<boolean> =>
  WEIGHTS.equals(await readFile(join(folder, 'model.safetensors')));
const blobs = (): string => join(home, 'hub/models--someone--tiny/blobs');
const incomplete = async (): Promise<string[]> =>
  (await readdir(blobs())).filter((name) => name.endsWith('.incomplete'));
const ofWeights = ({ host, method }: Seen): boolean => host === 'cdn' && method === 'GET';

/** The fault of the n-th request that `matches`. */
const nth = (
  matches: (seen: Seen) => boolean,
  ...faults: readonly (Fault | undefined)[]
): ((seen: Seen) => Fault | undefined) => {
  let count = 0;
  return (seen) => (matches(seen) ? faults[count++] : undefined);
};
const refusal = async (promise: Promise<unknown>): Promise<AutomodelError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AutomodelError)) throw new Error(`no AutomodelError: ${String(error)}`);
  return error;
};

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'automodel-hub-')));
  hub = await FakeHub.start(
    { id: 'someone/tiny', files: FILES },
    { id: 'someone/gated', files: FILES, gated: true },
  );
});

afterEach(async () => {
  await hub.stop();
  await rm(home, { recursive: true, force: true });
});

test('a cut connection is resumed where it was cut', async () => {
  hub.fault = nth(ofWeights, { cutAfter: 70_000 }, { cutAfter: 50_000 });
  expect(await hasWeights(await resolved())).toBe(true);
  const ranges = hub.requests.filter(ofWeights).map(({ range }) => range);
  expect(ranges).toHaveLength(3);
  expect(ranges[0]).toBeUndefined();
  const starts = ranges.slice(1).map((range) => Number(/^bytes=(\d+)-$/.exec(range!)![1]));
  expect(starts[0]).toBeGreaterThan(0);
  expect(starts[1]).toBeGreaterThan(starts[0]!);
  expect(await incomplete()).toEqual([]);
});

test('cuts that bring the download further are not counted as failures', async () => {
  hub.fault = nth(ofWeights, ...Array.from({ length: 9 }, () => ({ cutAfter: 20_000 })));
  expect(await hasWeights(await resolved())).toBe(true);
});

test('a download that failed goes on in the next call', async () => {
  hub.fault = nth(
    ofWeights,
    { cutAfter: 120_000 },
    { status: 500 },
    { status: 500 },
    { status: 500 },
  );
  expect(await refusal(resolved())).toMatchObject({
    code: 'network',
    message: expect.stringContaining('status 500') as string,
    hint: expect.stringContaining('goes on where it stopped') as string,
  });
  expect(await incomplete()).toHaveLength(1);
  await expect(readFile(join(blobs(), sha256(WEIGHTS)))).rejects.toMatchObject({ code: 'ENOENT' });
  hub.fault = () => undefined;
  expect(await hasWeights(await resolved())).toBe(true);
  expect(Number(hub.requests.filter(ofWeights).at(-1)!.range!.slice(6, -1))).toBeGreaterThan(0);
  expect(await incomplete()).toEqual([]);
});

test('a server that begins anew where a part was asked for is believed', async () => {
  hub.fault = nth(ofWeights, { cutAfter: 70_000 }, { wholeFile: true });
  expect(await hasWeights(await resolved())).toBe(true);
});

test('a part that an ended process left is taken over, with what is right in it or not', async () => {
  await mkdir(blobs(), { recursive: true });
  await writeFile(
    join(
      blobs(),
      `${sha256(WEIGHTS)}.999999999-${hostname().replace(/[^\w-]/g, '-')}-abc.incomplete`,
    ),
    WEIGHTS.subarray(0, 150_000),
  );
  expect(await hasWeights(await resolved())).toBe(true);
  expect(hub.requests.filter(ofWeights).map(({ range }) => range)).toEqual(['bytes=150000-']);
  await rm(join(blobs(), sha256(WEIGHTS)));
  await rm(join(home, 'hub/models--someone--tiny/snapshots'), { recursive: true });
  await writeFile(join(blobs(), `${sha256(WEIGHTS)}.abc.incomplete`), Buffer.alloc(150_000));
  expect(await hasWeights(await resolved())).toBe(true);
  expect(await incomplete()).toEqual([]);
});

test('a part of a process that is at work is waited for, and its content used', async () => {
  await mkdir(blobs(), { recursive: true });
  const part = join(
    blobs(),
    `${sha256(WEIGHTS)}.${process.pid}-${hostname()
      .replace(/[^\w-]/g, '-')
      .slice(0, 40)}-abc.incomplete`,
  );
  await writeFile(part, WEIGHTS.subarray(0, 10));
  const waiting = resolved();
  while (!hub.requests.some(({ url }) => url.includes('/resolve/')))
    await new Promise((done) => setTimeout(done, 5));
  await writeFile(join(blobs(), sha256(WEIGHTS)), WEIGHTS);
  await rm(part);
  expect(await hasWeights(await waiting)).toBe(true);
  expect(hub.requests.filter(ofWeights)).toEqual([]);
});

test('several calls at the same time fetch a model without spoiling it', async () => {
  const folders = await Promise.all(Array.from({ length: 4 }, () => resolved()));
  expect(new Set(folders).size).toBe(1);
  expect(await hasWeights(folders[0]!)).toBe(true);
  expect(await incomplete()).toEqual([]);
});

test('wrong bytes are fetched again once, and refused when they stay wrong', async () => {
  const wrong = { bytes: Buffer.alloc(WEIGHTS.length, 1) };
  hub.fault = nth(ofWeights, wrong);
  expect(await hasWeights(await resolved())).toBe(true);
  await rm(join(home, 'hub'), { recursive: true });
  hub.fault = (seen) => (ofWeights(seen) ? wrong : undefined);
  const error = await refusal(resolved());
  expect(error).toMatchObject({
    code: 'network',
    message: expect.stringMatching(
      /^model\.safetensors of someone\/tiny arrives with other bytes than the hub lists/,
    ) as string,
  });
  expect(await incomplete()).toEqual([]);
  expect(await readdir(blobs())).not.toContain(sha256(WEIGHTS));
});

test('a small file with wrong bytes is noticed too', async () => {
  hub.fault = ({ url }) =>
    url.includes('/resolve/') && url.includes('tokenizer.json')
      ? { bytes: Buffer.from('{"b":2}') }
      : undefined;
  expect((await refusal(resolved())).message).toMatch(
    /^tokenizer\.json of someone\/tiny arrives with other bytes than the hub lists \(Git SHA-1/,
  );
});

test('a content that is shorter in the cache than it should be is fetched again', async () => {
  await resolved();
  await writeFile(join(blobs(), sha256(WEIGHTS)), WEIGHTS.subarray(0, 50));
  expect(await hasWeights(await resolved())).toBe(true);
});

test('429 and 5xx are tried again, after the pause that the server asks for', async () => {
  const api = ({ url }: Seen): boolean => url.includes('/api/');
  hub.fault = nth(
    api,
    { status: 429, headers: { 'retry-after': '0.05' } },
    undefined,
    { status: 503 },
    { status: 500 },
  );
  const start = performance.now();
  expect(await hasWeights(await resolved())).toBe(true);
  expect(performance.now() - start).toBeGreaterThanOrEqual(45);
  hub.fault = (seen) =>
    api(seen) ? { status: 429, headers: { ratelimit: '"api";r=0;t=4000' } } : undefined;
  await rm(join(home, 'hub'), { recursive: true });
  expect(await refusal(resolved())).toMatchObject({
    code: 'network',
    message: 'the hub answers model someone/tiny with "too many requests", again in 4000 s',
    hint: expect.stringContaining('HF_TOKEN') as string,
  });
});

test('a silent server is given up after the time-out, and the download resumed', async () => {
  hub.fault = nth(ofWeights, { stallAfter: 70_000 });
  expect(await hasWeights(await resolved({}, { HF_HUB_DOWNLOAD_TIMEOUT: '0.2' }))).toBe(true);
  expect(hub.requests.filter(ofWeights)).toHaveLength(2);
  await rm(join(home, 'hub'), { recursive: true });
  hub.fault = (seen) => (ofWeights(seen) ? { stallAfter: 0 } : undefined);
  expect(await refusal(resolved({}, { HF_HUB_DOWNLOAD_TIMEOUT: '0.05' }))).toMatchObject({
    code: 'network',
    message: expect.stringMatching(
      /^model someone\/tiny cannot be fetched.*sent nothing for 0\.05 s$/,
    ) as string,
    hint: expect.stringContaining('HF_HUB_DOWNLOAD_TIMEOUT') as string,
  });
});

test('gated repositories say where to ask, wrong tokens where to make one', async () => {
  const page = `${hub.endpoint}/someone/gated`;
  expect(await refusal(resolved({}, {}, 'someone/gated'))).toMatchObject({
    code: 'network',
    message: 'model someone/gated is gated: it is given only to accounts that asked for it',
    hint: `ask for access at ${page}, then set HF_TOKEN to a token of that account`,
  });
  expect(await refusal(resolved({}, { HF_TOKEN: 'hf_other' }, 'someone/gated'))).toMatchObject({
    code: 'network',
    message: expect.stringContaining(
      'the account of the token in HF_TOKEN was not given access',
    ) as string,
    hint: expect.stringContaining(page) as string,
  });
  hub.tokens = ['hf_good'];
  const error = await refusal(resolved({}, { HF_TOKEN: 'hf_bad' }));
  expect(error).toMatchObject({
    code: 'network',
    message: expect.stringMatching(/^127\.0\.0\.1:\d+ refuses the token in HF_TOKEN$/) as string,
    hint: expect.stringContaining('/settings/tokens') as string,
  });
  expect(`${error.message} ${error.hint!} ${String(error.cause)}`).not.toContain('hf_bad');
});

test('offline, what is complete in the cache is used without a request', async () => {
  const folder = await resolved();
  const before = hub.requests.length;
  expect(await resolved({}, { HF_HUB_OFFLINE: '1' })).toBe(folder);
  expect(await resolved({ revision: COMMIT }, { TRANSFORMERS_OFFLINE: 'true' })).toBe(folder);
  expect(hub.requests.length).toBe(before);
  expect(await refusal(resolved({ revision: 'v2' }, { HF_HUB_OFFLINE: '1' }))).toMatchObject({
    code: 'missing-file',
    message: expect.stringMatching(
      /at revision v2 is not in the cache and HF_HUB_OFFLINE=1 forbids the network$/,
    ) as string,
  });
  await rm(join(folder, 'model.safetensors'));
  expect(await refusal(resolved({}, { HF_HUB_OFFLINE: '1' }))).toMatchObject({
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
    await refusal(resolved({}, { HF_ENDPOINT: unreachable, HTTPS_PROXY: 'http://proxy:1' })),
  ).toMatchObject({
    code: 'network',
    message: expect.stringContaining(`no connection to ${host} (ECONNREFUSED)`) as string,
    hint: expect.stringMatching(/HF_HUB_OFFLINE=1.*HTTPS_PROXY is set/) as string,
  });
  const folder = await resolved();
  const notes: string[] = [];
  expect(await resolved({ onNote: (text) => notes.push(text) }, { HF_ENDPOINT: unreachable })).toBe(
    folder,
  );
  expect(notes).toEqual([
    `no connection to ${host} (ECONNREFUSED): model someone/tiny is taken from the cache, as of ` +
      'commit c0ffee00',
  ]);
});

test('settings that cannot be used are refused by their names', async () => {
  expect((await refusal(resolved({}, { HF_ENDPOINT: 'huggingface.co' }))).message).toBe(
    'HF_ENDPOINT is "huggingface.co", which is no web address',
  );
  expect(
    (await refusal(resolved({}, { HF_ENDPOINT: 'https://me:password@host' }))).message,
  ).not.toContain('password@');
  expect((await refusal(resolved({}, { HF_HUB_DOWNLOAD_TIMEOUT: 'soon' }))).message).toBe(
    'HF_HUB_DOWNLOAD_TIMEOUT is "soon", which is no number of seconds',
  );
});

test(
  'a cache that cannot be written and a disk that is too small say so before anything is ' +
    'fetched',
  async () => {
    await writeFile(join(home, 'file'), '');
    expect(await refusal(resolved({}, { HF_HUB_CACHE: join(home, 'file/below') }))).toMatchObject({
      code: 'io',
      message: expect.stringContaining(
        `${join(home, 'file/below')} cannot be written (ENOTDIR)`,
      ) as string,
      hint: expect.stringContaining('HF_HOME') as string,
    });
    const small = downloadSnapshot({
      repository: { type: 'model', id: 'someone/tiny' },
      environment: environmentOf(),
      choose: (files) => Promise.resolve(files),
      missing: () => Promise.resolve(undefined),
      freeBytes: () => Promise.resolve(1000),
    });
    expect(await refusal(small)).toMatchObject({
      code: 'io',
      message: expect.stringMatching(
        /^model someone\/tiny needs 0\.000 GiB and the disk/,
      ) as string,
    });
    expect(hub.downloads).toEqual([]);
  },
);

test('what an earlier download left needs no room', async () => {
  await mkdir(blobs(), { recursive: true });
  await writeFile(
    join(blobs(), `${sha256(WEIGHTS)}.abc.incomplete`),
    WEIGHTS.subarray(0, WEIGHTS.length - 500),
  );
  await downloadSnapshot({
    repository: { type: 'model', id: 'someone/tiny' },
    environment: environmentOf(),
    choose: (files) => Promise.resolve(files),
    missing: () => Promise.resolve(undefined),
    freeBytes: () => Promise.resolve(1000),
  });
  expect(hub.requests.filter(ofWeights).map(({ range }) => range)).toEqual([
    `bytes=${WEIGHTS.length - 500}-`,
  ]);
});

test('an abort ends a download at once and keeps what came', async () => {
  const stop = new AbortController();
  hub.fault = (seen) => (ofWeights(seen) ? { stallAfter: 90_000 } : undefined);
  const error = refusal(
    resolved({ signal: stop.signal, onProgress: ({ bytes }) => bytes > 10_000 && stop.abort() }),
  );
  expect(await error).toMatchObject({ code: 'aborted' });
  expect(await incomplete()).toHaveLength(1);
});

test('repositories that hold no model say what they hold', async () => {
  const holding = async (files: Record<string, string>): Promise<AutomodelError> => {
    hub.repositories.push({ id: 'someone/odd', files });
    return refusal(resolved({}, {}, 'someone/odd')).finally(() => void hub.repositories.pop());
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
  hub.repositories.push({
    id: 'someone/evil',
    files: {
      'config.json': '{}',
      'additional_chat_templates/../../../../../outside.jinja': 'x',
      'model.safetensors': 'x',
    },
  });
  await resolved({}, {}, 'someone/evil');
  expect(await readdir(home)).toEqual(['hub']);
  hub.repositories.push({
    id: 'someone/worse',
    files: { 'config.json': '{}', '..\\..\\outside.json': 'x', 'model.safetensors': 'x' },
  });
  expect(await refusal(resolved({}, {}, 'someone/worse'))).toMatchObject({ code: 'bad-file' });
});
