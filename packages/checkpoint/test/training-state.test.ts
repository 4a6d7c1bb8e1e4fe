// The training state of a checkpoint, written and read again: every tensor and every word of it,
// and what is refused.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTrainingState, readTensor, TRAINING_STATE, writeTrainingState } from '../src/index.js';
import { temporaryFolder } from './support/files.js';
import { counting } from './support/folders.js';

const MOMENTS = [counting('exp_avg.a', 0), counting('exp_avg_sq.a', 10), counting('exp_avg.b', 20)];

async function written(masters = [counting('a', 30)]): Promise<string> {
  const checkpoint = await temporaryFolder();
  await writeTrainingState(checkpoint, {
    state: { epoch: 1, nextStep: 5 },
    optimizer: MOMENTS,
    masterWeights: masters,
  });
  return checkpoint;
}
const stateFile = (checkpoint: string): string => join(checkpoint, TRAINING_STATE, 'state.json');

test('every moment and master weight comes back under its name', async () => {
  const stored = await openTrainingState(await written());
  const first = async (name: string): Promise<unknown> =>
    (await readTensor((stored.optimizer.get(name) ?? stored.masterWeights.get(name))!))[0];
  expect([...stored.optimizer.keys()].sort()).toEqual(['exp_avg.a', 'exp_avg.b', 'exp_avg_sq.a']);
  expect([...stored.masterWeights.keys()]).toEqual(['a']);
  expect(await Promise.all(['exp_avg.a', 'exp_avg_sq.a', 'exp_avg.b', 'a'].map(first))).toEqual([
    0, 10, 20, 30,
  ]);
  expect(stored.state).toEqual({ version: 1, master_weights: true, epoch: 1, nextStep: 5 });
});

test('without master weights there is no file of them, and none is looked for', async () => {
  const checkpoint = await written([]);
  expect((await readdir(join(checkpoint, TRAINING_STATE))).sort()).toEqual([
    'optimizer.safetensors',
    'state.json',
  ]);
  expect((await openTrainingState(checkpoint)).masterWeights.size).toBe(0);
});

test('master weights that the state speaks of must be there', async () => {
  const checkpoint = await written();
  await rm(join(checkpoint, TRAINING_STATE, 'master_weights.safetensors'));
  await expect(openTrainingState(checkpoint)).rejects.toMatchObject({
    code: 'missing-file',
    location: join(checkpoint, TRAINING_STATE, 'master_weights.safetensors'),
  });
});

test.each([
  ['"version": 1', '"version": 2', 'unsupported', 'has version 2, this program reads up to 1'],
  ['"version": 1', '"version": 1.5', 'bad-file', 'no version'],
  ['"version": 1,', '', 'bad-file', 'no version'],
])('a state with %s as %j is refused', async (from, to, code, message) => {
  const checkpoint = await written();
  const text = await readFile(stateFile(checkpoint), 'utf8');
  await writeFile(stateFile(checkpoint), text.replace(from, to));
  await expect(openTrainingState(checkpoint)).rejects.toMatchObject({
    code,
    location: stateFile(checkpoint),
    message: expect.stringContaining(message) as string,
  });
});

test('a folder without a state says so, and a state is never written over another', async () => {
  const checkpoint = await temporaryFolder();
  await expect(openTrainingState(checkpoint)).rejects.toMatchObject({ code: 'missing-file' });
  await mkdir(join(checkpoint, TRAINING_STATE));
  await expect(
    writeTrainingState(checkpoint, { state: {}, optimizer: MOMENTS, masterWeights: [] }),
  ).rejects.toMatchObject({ code: 'EEXIST' });
});
