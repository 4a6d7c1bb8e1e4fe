// Links in a folder that is pushed: what they name is pushed where it lies within the folder, and
// nothing is where it does not.
import { mkdtemp, realpath, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pushFolder, type PushOptions, type PushResult } from '../src/index.js';
import { FakeHub } from './fake-hub.js';
import { WEIGHTS, writeFiles, writeResults } from './result-folders.js';

let hub: FakeHub;
let root: string;
const pushed = (folder: string, options: Partial<PushOptions> = {}): Promise<PushResult> =>
  pushFolder(folder, {
    repository: 'me/result',
    workingDirectory: root,
    ...options,
    environment: { HF_ENDPOINT: hub.endpoint, HF_HOME: root, HF_TOKEN: 'hf_write' },
  });

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-links-')));
  hub = await FakeHub.start({ id: 'Qwen/Qwen3-0.6B', files: {} });
  await writeResults(root);
});

afterEach(async () => {
  await hub.stop();
  await rm(root, { recursive: true, force: true });
});

test('links that lead out of the folder are named and nothing is pushed', async () => {
  await writeFiles(join(root, 'elsewhere'), {
    'private.json': '{"password": 1}',
    'model.safetensors': WEIGHTS,
  });
  await symlink(join(root, 'elsewhere/private.json'), join(root, 'model/notes.json'));
  await expect(pushed('model')).rejects.toThrow(
    /model: notes\.json is a link that leads out of the folder/,
  );
  await rm(join(root, 'model/model.safetensors'));
  await symlink('../elsewhere/model.safetensors', join(root, 'model/model.safetensors'));
  await expect(pushed('model', { dryRun: true })).rejects.toThrow(
    /model: model\.safetensors, notes\.json are links that lead out of the folder/,
  );
  expect([hub.created, hub.commits]).toEqual([[], []]);
});

test('a link within the folder is pushed as the file that it names', async () => {
  await rename(join(root, 'model/model.safetensors'), join(root, 'model/weights.bin'));
  await symlink('weights.bin', join(root, 'model/model.safetensors'));
  await pushed('model');
  const [weights] = hub.commits
    .flatMap(({ lines }) => lines)
    .filter(({ value }) => value['path'] === 'model.safetensors');
  expect(String(hub.uploaded.get(String(weights?.value['oid'])))).toBe(WEIGHTS);
});
