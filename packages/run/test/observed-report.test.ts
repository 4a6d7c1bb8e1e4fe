// The report in a run's folder: during the run, stopped, resumed, and if it cannot be written.
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finetune, type RunEvent } from '@automodel/run';
import type { Recipe } from '@automodel/recipe';
import { observedRuns, recordingTracker, report, trackerEvents } from './observed-runs.js';
import { plugins } from './tiny-model.js';
import type { TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
beforeAll(async () => {
  runs = await observedRuns();
});
afterAll(() => runs[Symbol.asyncDispose]());

test('the report is there while the run goes on, and shows how it stopped', async () => {
  const stop = new AbortController();
  const going: string[] = [];
  const events = await runs.run(
    runs.recipe('stopped', {
      step_scheduler: { global_batch_size: 4, local_batch_size: 2, val_every_steps: 1 },
    }),
    {
      onEvent: (event) => {
        if (event.type === 'validation')
          going.push(readFileSync(join(runs.root, 'stopped/report.html'), 'utf8'));
        if (event.type === 'step' && event.step === 1) stop.abort();
      },
      signal: stop.signal,
    },
  );
  expect(going).toHaveLength(1);
  expect(going[0]).toMatch(/still running<\/span>\s+1 of 30 steps/);
  const page = await report(runs, 'stopped');
  expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'aborted' });
  expect(page).toContain('stopped early');
  expect(page).toContain('2 of 30 steps');
  expect(page).toContain(
    `npx automodel finetune ${join(runs.root, 'stopped/recipe.yaml')} --resume latest`,
  );
});

test(
  'samples are answered after each validation, for the report; the last time with the whole ' +
    'evaluation',
  async () => {
    const evaluation = {
      dataset: { path_or_dataset_id: runs.data, limit_dataset_samples: 3 },
      num_samples: 2,
      max_new_tokens: 3,
    };
    const scheduler = {
      global_batch_size: 4,
      local_batch_size: 2,
      num_epochs: 1,
      val_every_steps: 1,
    };
    const moments = async (
      output: string,
      more: Partial<NonNullable<Recipe['evaluation']>> = {},
    ): Promise<unknown[]> =>
      (
        await runs.run(
          runs.recipe(output, {
            step_scheduler: scheduler,
            evaluation: { ...evaluation, ...more },
          }),
        )
      ).flatMap((event) =>
        event.type === 'evaluation'
          ? [[event.when, event.total, event.samples.length, event.exactMatch === undefined]]
          : [],
      );
    expect(await moments('samples')).toEqual([
      ['before', 3, 2, false],
      ['during', 2, 2, true],
      ['during', 2, 2, true],
      ['after', 3, 2, false],
    ]);
    const page = await report(runs, 'samples');
    for (const moment of ['before training', 'after step 1', 'after step 2', 'after step 3'])
      expect(page).toContain(`<dt>${moment} `);
    expect(await moments('no-samples', { during_training: false, before_training: false })).toEqual(
      [['after', 3, 2, false]],
    );
    expect(
      await moments('only-samples', { after_training: false, before_training: false }),
    ).toEqual([
      ['during', 2, 2, true],
      ['during', 2, 2, true],
      ['during', 2, 2, true],
    ]);
  },
);

test("a resumed run's report has the curves from the first step on", async () => {
  const scheduler = { global_batch_size: 4, local_batch_size: 2, num_epochs: 1 };
  const stop = new AbortController();
  const evaluation = {
    dataset: { path_or_dataset_id: runs.data, limit_dataset_samples: 1 },
    num_samples: 1,
    max_new_tokens: 3,
  };
  await runs.run(runs.recipe('resumed', { step_scheduler: scheduler, evaluation }), {
    onEvent: ({ type }) => type === 'step' && stop.abort(),
    signal: stop.signal,
  });
  const tracker = recordingTracker();
  await runs.run(
    runs.recipe('resumed', {
      step_scheduler: scheduler,
      evaluation,
      checkpoint: { checkpoint_dir: join(runs.root, 'resumed'), restore_from: 'latest' },
      mlflow: {},
    }),
    { plugins: [tracker.plugin] },
  );
  expect(tracker.seen.entries.map(({ step }) => step)).toEqual([1, 2, 2, 2]);
  const lines = (await readFile(join(runs.root, 'resumed/metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { loss?: number })
    .filter(({ loss }) => loss !== undefined);
  const page = await report(runs, 'resumed');
  for (const moment of ['before training', 'after step 3'])
    expect(page).toContain(`<dt>${moment} `);
  const charts = JSON.parse(/id="chart-data">(.*?)<\/script>/.exec(page)![1]!) as {
    x: number[];
    series: { values: (number | null)[] }[];
  }[];
  expect(charts[0]!.x).toEqual([1, 2, 3]);
  expect(charts[0]!.series[0]!.values).toEqual(lines.map(({ loss }) => loss));
});

test('a report that cannot be written is one event', async () => {
  const events: RunEvent[] = [];
  for await (const event of finetune(runs.recipe('unwritable'), { plugins })) {
    events.push(event);
    if (event.type === 'plan') {
      await rm(join(runs.root, 'unwritable/report.html'));
      await mkdir(join(runs.root, 'unwritable/report.html'));
      await writeFile(join(runs.root, 'unwritable/report.html/x'), '');
    }
  }
  expect(trackerEvents(events)).toHaveLength(1);
  expect(trackerEvents(events)[0]).toMatchObject({
    name: 'report',
    problem: expect.stringContaining('cannot be written') as string,
  });
  expect(events.some(({ type }) => type === 'report')).toBe(false);
  expect(
    (await readdir(join(runs.root, 'unwritable'))).filter((name) => name.includes('saving')),
  ).toEqual([]);
});
