// What the trackers of a run get, and what happens if one fails.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { observedRuns, recordingTracker, report, trackerEvents } from './observed-runs.js';
import type { TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
beforeAll(async () => {
  runs = await observedRuns();
});
afterAll(() => runs[Symbol.asyncDispose]());

test('a run writes its report and feeds its trackers; nothing secret is in either', async () => {
  const { plugin, seen } = recordingTracker();
  const evaluation = {
    dataset: { path_or_dataset_id: runs.data, limit_dataset_samples: 2 },
    num_samples: 1,
    max_new_tokens: 3,
  };
  const events = await runs.run(
    runs.recipe('whole', {
      evaluation,
      mlflow: { experiment_name: 'tries', tags: { team: 'blue' } },
    }),
    { plugins: [plugin] },
  );
  expect(seen.options).toEqual({ experiment_name: 'tries', tags: { team: 'blue' } });
  expect(seen.run).toMatchObject({
    name: 'whole',
    directory: join(runs.root, 'whole'),
    settings: { 'optimizer.lr': 0.01, 'mlflow.tags.team': 'blue' },
    environment: { node: process.version, threads: '1' },
  });
  expect(seen.entries.map(({ step, values }) => [step, Object.keys(values)[0]])).toEqual([
    [0, 'exact_match'],
    [0, 'loss'],
    [2, 'loss'],
    [2, 'val_loss'],
    [2, 'exact_match'],
  ]);
  const losses = events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));
  expect(seen.entries[2]!.values).toMatchObject({ loss: losses[2], lr: 0.01 });
  expect(seen.outcome).toEqual({ status: 'finished' });
  expect(trackerEvents(events)).toEqual([
    { type: 'tracker', name: 'mlflow', location: 'http://there' },
  ]);
  expect(events.at(-2)).toEqual({ type: 'report', path: join(runs.root, 'whole/report.html') });
  const page = await report(runs, 'whole');
  for (const part of [
    'finished',
    '3 of 3 steps',
    `npx automodel generate --model ${join(runs.root, 'whole')} --prompt`,
    'Exact match on held-out rows',
    'after step 3',
    losses[2]!.toPrecision(4),
    'experiment_name: tries',
    process.version,
  ])
    expect(page).toContain(part);
  expect(
    (await readdir(join(runs.root, 'whole'))).filter((name) => name.includes('saving')),
  ).toEqual([]);
});

test(
  'a run that fails leaves the report of what it did, with the error, and tells its ' + 'trackers',
  async () => {
    const { plugin, seen } = recordingTracker();
    const failing = runs.recipe('failed', { optimizer: { lr: 1e30 }, mlflow: {} });
    await expect(runs.run(failing, { plugins: [plugin] })).rejects.toMatchObject({
      code: 'not-finite',
    });
    const page = await report(runs, 'failed');
    expect(page).toContain('class="status failed"');
    expect(page).toContain('role="alert"');
    expect(seen.outcome?.status).toBe('failed');
    expect(seen.outcome?.message?.length).toBeGreaterThan(10);
  },
);

test(
  'a tracker that cannot be reached is one event; one that is not configured or not installed ' +
    'ends the run before it begins',
  async () => {
    const events = await runs.run(runs.recipe('unreachable', { mlflow: {} }), {
      plugins: [recordingTracker({ open: true }).plugin],
    });
    expect(trackerEvents(events)).toEqual([
      { type: 'tracker', name: 'mlflow', problem: 'left out from here on: connection refused' },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'finished' });
    expect(await report(runs, 'unreachable')).toContain(
      'mlflow: left out from here on: connection refused',
    );
    await expect(
      runs.run(runs.recipe('unset', { mlflow: {} }), {
        plugins: [recordingTracker({ check: true }).plugin],
      }),
    ).rejects.toMatchObject({ code: 'bad-recipe' });
    await expect(runs.run(runs.recipe('unset', { wandb: {} }))).rejects.toMatchObject({
      code: 'missing-plugin',
      message: expect.stringContaining('npm install @automodel/tracker-wandb') as string,
    });
    await expect(readdir(join(runs.root, 'unset'))).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

test('sections that are null or switched off name no tracker', async () => {
  const events = await runs.run(
    runs.recipe('off', {
      mlflow: { enable: false, experiment_name: 'x' },
      wandb: null,
      tensorboard: { enable: false },
    }),
  );
  expect(trackerEvents(events)).toEqual([]);
});
