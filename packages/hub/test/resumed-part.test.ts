// A download that goes on where an earlier one stopped takes only the bytes that it asked for: an
// answer that begins elsewhere is refused as such, and leaves the part as it is.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveModelFolder } from '../src/index.js';
import type { Fault } from './fake-answer.js';
import { FakeHub } from './fake-hub.js';
import { sha256 } from './fake-repository.js';

const WEIGHTS = createHash('sha512').update('weights').digest();
const THERE = 40;
let hub: FakeHub;
let home: string;

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'automodel-part-')));
  hub = await FakeHub.start({
    id: 'someone/tiny',
    files: { 'config.json': '{}', 'tokenizer.json': '{}', 'model.safetensors': WEIGHTS },
  });
  await mkdir(blobs(), { recursive: true });
  await writeFile(part(), WEIGHTS.subarray(0, THERE));
});
afterEach(async () => {
  await hub.stop();
  await rm(home, { recursive: true, force: true });
});

const blobs = (): string => join(home, 'hub/models--someone--tiny/blobs');
const part = (): string => join(blobs(), `${sha256(WEIGHTS)}.abc.incomplete`);
const resolved = (): Promise<string> =>
  resolveModelFolder('someone/tiny', {
    timing: { attempts: 1 },
    environment: { HF_ENDPOINT: hub.endpoint, HF_HOME: home },
  });
const answer = (contentRange: string | undefined, text: string | Buffer = 'x'): Fault => ({
  status: 206,
  headers: contentRange === undefined ? {} : { 'content-range': contentRange },
  text,
});

test.each([
  ['from the beginning', `bytes 0-${WEIGHTS.length - 1}/${WEIGHTS.length}`],
  ['from a byte later', `bytes ${THERE + 1}-${WEIGHTS.length - 1}/${WEIGHTS.length}`],
  ['of another file', `bytes ${THERE}-${WEIGHTS.length - 1}/${WEIGHTS.length + 1}`],
  ['that does not say where it begins', undefined],
])('a part %s is refused, and what is there stays', async (_, contentRange) => {
  hub.fault = ({ host }) => (host === 'cdn' ? answer(contentRange) : undefined);
  await expect(resolved()).rejects.toMatchObject({
    code: 'network',
    message: expect.stringContaining(
      'sends a different part of model.safetensors than was asked for',
    ) as string,
  });
  const [left] = (await readdir(blobs())).filter((name) => name.endsWith('.incomplete'));
  expect(await readFile(join(blobs(), left!))).toEqual(WEIGHTS.subarray(0, THERE));
  hub.fault = () => undefined;
  expect(await readFile(join(await resolved(), 'model.safetensors'))).toEqual(WEIGHTS);
});

test('a part of a file whose length the server does not know is taken', async () => {
  hub.fault = ({ host }) =>
    host === 'cdn'
      ? answer(`bytes ${THERE}-${WEIGHTS.length - 1}/*`, WEIGHTS.subarray(THERE))
      : undefined;
  expect(await readFile(join(await resolved(), 'model.safetensors'))).toEqual(WEIGHTS);
});
