import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { downloadSnapshot } from '../src/download-snapshot.js';
import type { Fault, Seen } from './fake-answer.js';
import { sha256 } from './fake-repository.js';
import { hasWeights, ofWeights, refusal, useTinyHub, WEIGHTS } from './tiny-hub.js';

const tiny = useTinyHub();

/** The first byte that a request asks for. */
const startOf = (range: string | undefined): number =>
  Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]);

/** The fault of the n-th request that `matches`. */
const nth = (
  matches: (seen: Seen) => boolean,
  ...faults: readonly (Fault | undefined)[]
): ((seen: Seen) => Fault | undefined) => {
  let count = 0;
  return (seen) => (matches(seen) ? faults[count++] : undefined);
};

test('a cut connection is resumed where it was cut', async () => {
  tiny.hub.fault = nth(ofWeights, { cutAfter: 70_000 }, { cutAfter: 50_000 });
  expect(await hasWeights(await tiny.resolved())).toBe(true);
  const ranges = tiny.hub.requests.filter(ofWeights).map(({ range }) => range);
  expect(ranges).toHaveLength(3);
  expect(ranges[0]).toBeUndefined();
  const [first = NaN, second] = ranges.slice(1).map(startOf);
  expect(first).toBeGreaterThan(0);
  expect(second).toBeGreaterThan(first);
  expect(await tiny.incomplete()).toEqual([]);
});

test('cuts that bring the download further are not counted as failures', async () => {
  tiny.hub.fault = nth(ofWeights, ...Array.from({ length: 9 }, () => ({ cutAfter: 20_000 })));
  expect(await hasWeights(await tiny.resolved())).toBe(true);
});

test('a download that failed continues in the next call', async () => {
  tiny.hub.fault = nth(
    ofWeights,
    { cutAfter: 120_000 },
    { status: 500 },
    { status: 500 },
    { status: 500 },
  );
  expect(await refusal(tiny.resolved())).toMatchObject({
    code: 'network',
    message: expect.stringContaining('status 500') as string,
    hint: expect.stringContaining('continues where it stopped') as string,
  });
  expect(await tiny.incomplete()).toHaveLength(1);
  await expect(readFile(join(tiny.blobs(), sha256(WEIGHTS)))).rejects.toMatchObject({
    code: 'ENOENT',
  });
  tiny.hub.fault = () => undefined;
  expect(await hasWeights(await tiny.resolved())).toBe(true);
  expect(startOf(tiny.hub.requests.filter(ofWeights).at(-1)?.range)).toBeGreaterThan(0);
  expect(await tiny.incomplete()).toEqual([]);
});

test('a server may start over although a part was asked for', async () => {
  tiny.hub.fault = nth(ofWeights, { cutAfter: 70_000 }, { wholeFile: true });
  expect(await hasWeights(await tiny.resolved())).toBe(true);
});

test('the part of an ended process is taken over, whether its bytes are right or not', async () => {
  await mkdir(tiny.blobs(), { recursive: true });
  await writeFile(
    join(
      tiny.blobs(),
      `${sha256(WEIGHTS)}.999999999-${hostname().replace(/[^\w-]/g, '-')}-abc.incomplete`,
    ),
    WEIGHTS.subarray(0, 150_000),
  );
  expect(await hasWeights(await tiny.resolved())).toBe(true);
  expect(tiny.hub.requests.filter(ofWeights).map(({ range }) => range)).toEqual(['bytes=150000-']);
  await rm(join(tiny.blobs(), sha256(WEIGHTS)));
  await rm(join(tiny.home, 'hub/models--someone--tiny/snapshots'), { recursive: true });
  await writeFile(join(tiny.blobs(), `${sha256(WEIGHTS)}.abc.incomplete`), Buffer.alloc(150_000));
  expect(await hasWeights(await tiny.resolved())).toBe(true);
  expect(await tiny.incomplete()).toEqual([]);
});

test('a part of a process that is at work is waited for, and its content used', async () => {
  await mkdir(tiny.blobs(), { recursive: true });
  const part = join(
    tiny.blobs(),
    `${sha256(WEIGHTS)}.${process.pid}-${hostname()
      .replace(/[^\w-]/g, '-')
      .slice(0, 40)}-abc.incomplete`,
  );
  await writeFile(part, WEIGHTS.subarray(0, 10));
  const waiting = tiny.resolved();
  while (!tiny.hub.requests.some(({ url }) => url.includes('/resolve/')))
    await new Promise((done) => setTimeout(done, 5));
  await writeFile(join(tiny.blobs(), sha256(WEIGHTS)), WEIGHTS);
  await rm(part);
  expect(await hasWeights(await waiting)).toBe(true);
  expect(tiny.hub.requests.filter(ofWeights)).toEqual([]);
});

test('several calls at the same time fetch a model without spoiling it', async () => {
  const folders = await Promise.all(Array.from({ length: 4 }, () => tiny.resolved()));
  expect(new Set(folders).size).toBe(1);
  expect(await Promise.all(folders.map(hasWeights))).toEqual([true, true, true, true]);
  expect(await tiny.incomplete()).toEqual([]);
});

test('wrong bytes are fetched again once, and refused when they stay wrong', async () => {
  const wrong = { bytes: Buffer.alloc(WEIGHTS.length, 1) };
  tiny.hub.fault = nth(ofWeights, wrong);
  expect(await hasWeights(await tiny.resolved())).toBe(true);
  await rm(join(tiny.home, 'hub'), { recursive: true });
  tiny.hub.fault = (seen) => (ofWeights(seen) ? wrong : undefined);
  const error = await refusal(tiny.resolved());
  expect(error).toMatchObject({
    code: 'network',
    message: expect.stringMatching(
      /^model\.safetensors of someone\/tiny arrives with different bytes than the hub lists/,
    ) as string,
  });
  expect(await tiny.incomplete()).toEqual([]);
  expect(await readdir(tiny.blobs())).not.toContain(sha256(WEIGHTS));
});

test('a small file with wrong bytes is noticed too', async () => {
  tiny.hub.fault = ({ url }) =>
    url.includes('/resolve/') && url.includes('tokenizer.json')
      ? { bytes: Buffer.from('{"b":2}') }
      : undefined;
  expect((await refusal(tiny.resolved())).message).toMatch(
    /^tokenizer\.json of someone\/tiny arrives with different bytes than the hub lists \(Git SHA-1/,
  );
});

test('a content that is shorter in the cache than it should be is fetched again', async () => {
  await tiny.resolved();
  await writeFile(join(tiny.blobs(), sha256(WEIGHTS)), WEIGHTS.subarray(0, 50));
  expect(await hasWeights(await tiny.resolved())).toBe(true);
});

test('429 and 5xx are tried again, after the pause that the server asks for', async () => {
  const api = ({ url }: Seen): boolean => url.includes('/api/');
  tiny.hub.fault = nth(
    api,
    { status: 429, headers: { 'retry-after': '0.05' } },
    undefined,
    { status: 503 },
    { status: 500 },
  );
  const start = performance.now();
  expect(await hasWeights(await tiny.resolved())).toBe(true);
  expect(performance.now() - start).toBeGreaterThanOrEqual(45);
  tiny.hub.fault = (seen) =>
    api(seen) ? { status: 429, headers: { ratelimit: '"api";r=0;t=4000' } } : undefined;
  await rm(join(tiny.home, 'hub'), { recursive: true });
  expect(await refusal(tiny.resolved())).toMatchObject({
    code: 'network',
    message: 'the hub answers model someone/tiny with "too many requests", again in 4000 s',
    hint: expect.stringContaining('HF_TOKEN') as string,
  });
});

test('a silent server is given up after the time-out, and the download resumed', async () => {
  tiny.hub.fault = nth(ofWeights, { stallAfter: 70_000 });
  expect(await hasWeights(await tiny.resolved({}, { HF_HUB_DOWNLOAD_TIMEOUT: '0.2' }))).toBe(true);
  expect(tiny.hub.requests.filter(ofWeights)).toHaveLength(2);
  await rm(join(tiny.home, 'hub'), { recursive: true });
  tiny.hub.fault = (seen) => (ofWeights(seen) ? { stallAfter: 0 } : undefined);
  expect(await refusal(tiny.resolved({}, { HF_HUB_DOWNLOAD_TIMEOUT: '0.05' }))).toMatchObject({
    code: 'network',
    message: expect.stringMatching(
      /^model someone\/tiny cannot be fetched.*sent nothing for 0\.05 s$/,
    ) as string,
    hint: expect.stringContaining('HF_HUB_DOWNLOAD_TIMEOUT') as string,
  });
});

test('what an earlier download left needs no more space', async () => {
  await mkdir(tiny.blobs(), { recursive: true });
  await writeFile(
    join(tiny.blobs(), `${sha256(WEIGHTS)}.abc.incomplete`),
    WEIGHTS.subarray(0, WEIGHTS.length - 500),
  );
  await downloadSnapshot({
    repository: { type: 'model', id: 'someone/tiny' },
    environment: tiny.environmentOf(),
    choose: (files) => Promise.resolve(files),
    missing: () => Promise.resolve(undefined),
    freeBytes: () => Promise.resolve(1000),
  });
  expect(tiny.hub.requests.filter(ofWeights).map(({ range }) => range)).toEqual([
    `bytes=${WEIGHTS.length - 500}-`,
  ]);
});

test('an abort ends a download at once and keeps what came', async () => {
  const stop = new AbortController();
  tiny.hub.fault = (seen) => (ofWeights(seen) ? { stallAfter: 90_000 } : undefined);
  const error = refusal(
    tiny.resolved({
      signal: stop.signal,
      onProgress: ({ bytes }) => bytes > 10_000 && stop.abort(),
    }),
  );
  expect(await error).toMatchObject({ code: 'aborted' });
  expect(await tiny.incomplete()).toHaveLength(1);
});
