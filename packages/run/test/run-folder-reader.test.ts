// A run folder as whoever watches it sees it: without what a run writes for watching, with steps
// that come, and after its process was killed.
import { appendFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { RunFolderReader } from '@automodel/run';
import { reportSample } from './report-sample.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'automodel-watched-'));
});

const measured = { loss: 2, grad_norm: 1, lr: 1e-4, tps: 50, mem: 1, num_tokens_per_step: 100 };
const line = (step: number): string => `${JSON.stringify({ step, ...measured })}\n`;

test('steps appear as they are written; the recipe is enough to begin with', async () => {
  await writeFile(join(folder, 'recipe.yaml'), 'seed: 7\n');
  const reader = await RunFolderReader.open(folder);
  expect(await reader.read()).toMatchObject({ steps: [], recipe: 'seed: 7\n', totalSteps: 0 });
  await writeFile(join(folder, 'metrics.jsonl'), line(0));
  expect((await reader.read()).steps).toHaveLength(1);
  await appendFile(join(folder, 'metrics.jsonl'), `${line(1)}broken\n{"step": 2, "lo`);
  expect(await reader.read()).toMatchObject({
    steps: [{ step: 0 }, { step: 1, loss: 2, tokensPerSecond: 50, seconds: 2 }],
    trainingSeconds: 4,
    stepSeconds: 2,
  });
});

test('a run that ends is shown as it said; one that was killed as stopped', async () => {
  const facts = join(folder, 'report.json');
  await writeFile(facts, JSON.stringify({ ...reportSample(), status: 'finished' }));
  const reader = await RunFolderReader.open(folder);
  expect(await reader.read()).toMatchObject({ status: 'finished', name: 'sample-run' });
  await writeFile(facts, JSON.stringify(reportSample()));
  expect(await reader.read()).toMatchObject({
    status: 'stopped',
    message: 'the process of this run has ended',
    startedAt: new Date(0),
  });
});

test('what is not written by a run is as if it were not there', async () => {
  await writeFile(join(folder, 'metrics.jsonl'), line(0));
  for (const text of ['', 'null', '[]', '{"startedAt": "never"}', '{"notes": {}}']) {
    await writeFile(join(folder, 'report.json'), text);
    const reader = await RunFolderReader.open(folder);
    expect(await reader.read()).toMatchObject({ steps: [{ step: 0 }], notes: [] });
  }
});

test('a folder without a run, and none at all, are named', async () => {
  await mkdir(join(folder, 'empty'));
  for (const [name, message] of [
    ['empty', /is not the folder of a run/],
    ['none', /there is no such folder/],
  ] as const)
    await expect(RunFolderReader.open(join(folder, name))).rejects.toMatchObject({
      code: 'missing-file',
      message: expect.stringMatching(message) as string,
    });
});
