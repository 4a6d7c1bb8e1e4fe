import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import type {
  TrackedOutcome,
  TrackedRun,
  TrackedValues,
  TrackerPlugin,
} from '@automodel/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finetune, type Plugin, type RunEvent } from '@automodel/run';
import { type Recipe } from '@automodel/recipe';
import { plugins, writeModel, writeRows } from './tiny-model.js';

let root: string;
let model: string;
let data: string;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-observed-')));
  model = await writeModel(root);
  data = await writeRows(join(root, 'rows.jsonl'), 12);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const recipe = (output: string, more: Partial<Recipe> = {}): Recipe => ({
  model: { pretrained_model_name_or_path: model },
  dataset: { path_or_dataset_id: data },
  validation_dataset: { path_or_dataset_id: data },
  step_scheduler: {
    global_batch_size: 4,
    local_batch_size: 2,
    num_epochs: 1,
    log_remote_every_steps: 2,
  },
  optimizer: { lr: 1e-2 },
  checkpoint: { checkpoint_dir: join(root, output) },
  backend: { threads: 1 },
  ...more,
});

/** A tracker `mlflow` that remembers. */
function rememberingTracker(fail: { readonly check?: boolean; readonly open?: boolean } = {}) {
  const seen = {
    options: undefined as unknown,
    run: undefined as TrackedRun | undefined,
    entries: [] as TrackedValues[],
    outcome: undefined as TrackedOutcome | undefined,
  };
  const plugin: TrackerPlugin = {
    kind: 'tracker',
    apiVersion: 1,
    name: 'mlflow',
    check() {
      if (fail.check === true)
        throw new AutomodelError('bad-recipe', 'mlflow.tracking_uri is missing');
    },
    async open(options, run) {
      if (fail.open === true) throw new Error('connection refused');
      Object.assign(seen, { options, run });
      return {
        location: 'http://there',
        log: async (entries) => void seen.entries.push(...entries),
        close: async (outcome) => void (seen.outcome = outcome),
      };
    },
  };
  return { plugin, seen };
}

async function collect(
  run: Recipe,
  more: readonly Plugin[],
  onEvent: (event: RunEvent) => void = () => undefined,
  signal?: AbortSignal,
): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const event of finetune(run, { plugins: [...plugins, ...more], signal })) {
    all.push(event);
    onEvent(event);
  }
  return all;
}
const report = (output: string): Promise<string> =>
  readFile(join(root, output, 'report.html'), 'utf8');
const trackerEvents = (events: readonly RunEvent[]): RunEvent[] =>
  events.filter(({ type }) => type === 'tracker');

test('a run leaves its report and tells its trackers; nothing secret is in either', async () => {
  const { plugin, seen } = rememberingTracker();
  const evaluation = {
    dataset: { path_or_dataset_id: data, limit_dataset_samples: 2 },
    num_samples: 1,
    max_new_tokens: 3,
  };
  const events = await collect(
    recipe('whole', { evaluation, mlflow: { experiment_name: 'tries', tags: { team: 'blue' } } }),
    [plugin],
  );
  expect(seen.options).toEqual({ experiment_name: 'tries', tags: { team: 'blue' } });
  expect(seen.run).toMatchObject({
    name: 'whole',
    directory: join(root, 'whole'),
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
  expect(events.at(-2)).toEqual({ type: 'report', path: join(root, 'whole/report.html') });
  const page = await report('whole');
  for (const part of [
    'finished',
    '3 of 3 steps',
    `npx automodel generate --model ${join(root, 'whole')} --prompt`,
    'Exact match on held-out rows',
    'after step 3',
    losses[2]!.toPrecision(4),
    'experiment_name: tries',
    process.version,
  ])
    expect(page).toContain(part);
  expect((await readdir(join(root, 'whole'))).filter((name) => name.includes('saving'))).toEqual(
    [],
  );
});

test('the report is there while the run goes on, and says how it stopped', async () => {
  const stop = new AbortController();
  const going: string[] = [];
  const events = await collect(
    recipe('stopped', {
      step_scheduler: { global_batch_size: 4, local_batch_size: 2, val_every_steps: 1 },
    }),
    [],
    (event) => {
      if (event.type === 'validation')
        going.push(readFileSync(join(root, 'stopped/report.html'), 'utf8'));
      if (event.type === 'step' && event.step === 1) stop.abort();
    },
    stop.signal,
  );
  expect(going).toHaveLength(1);
  expect(going[0]).toMatch(/still running<\/span>\s+1 of 30 steps/);
  const page = await report('stopped');
  expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'aborted' });
  expect(page).toContain('stopped early');
  expect(page).toContain('2 of 30 steps');
  expect(page).toContain(
    `npx automodel finetune ${join(root, 'stopped/recipe.yaml')} --resume latest`,
  );
});

test(
  'samples are answered after each validation, for the report; the last time with the whole ' +
    'evaluation',
  async () => {
    const evaluation = {
      dataset: { path_or_dataset_id: data, limit_dataset_samples: 3 },
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
        await collect(
          recipe(output, { step_scheduler: scheduler, evaluation: { ...evaluation, ...more } }),
          [],
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
    const page = await report('samples');
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

test(
  'a run that fails leaves the report of what it did, with the error, and says so to its ' +
    'trackers',
  async () => {
    const { plugin, seen } = rememberingTracker();
    const failing = recipe('failed', { optimizer: { lr: 1e30 }, mlflow: {} });
    await expect(collect(failing, [plugin])).rejects.toMatchObject({ code: 'not-finite' });
    const page = await report('failed');
    expect(page).toContain('class="status failed"');
    expect(page).toContain('role="alert"');
    expect(seen.outcome?.status).toBe('failed');
    expect(seen.outcome?.message?.length).toBeGreaterThan(10);
  },
);

test("a resumed run's report has the curves from the first step on", async () => {
  const scheduler = { global_batch_size: 4, local_batch_size: 2, num_epochs: 1 };
  const stop = new AbortController();
  const evaluation = {
    dataset: { path_or_dataset_id: data, limit_dataset_samples: 1 },
    num_samples: 1,
    max_new_tokens: 3,
  };
  await collect(
    recipe('resumed', { step_scheduler: scheduler, evaluation }),
    [],
    ({ type }) => type === 'step' && stop.abort(),
    stop.signal,
  );
  const { tracker, events } = { tracker: rememberingTracker(), events: [] as RunEvent[] };
  await collect(
    recipe('resumed', {
      step_scheduler: scheduler,
      evaluation,
      checkpoint: { checkpoint_dir: join(root, 'resumed'), restore_from: 'latest' },
      mlflow: {},
    }),
    [tracker.plugin],
    (event) => events.push(event),
  );
  expect(tracker.seen.entries.map(({ step }) => step)).toEqual([1, 2, 2, 2]);
  const lines = (await readFile(join(root, 'resumed/metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { loss?: number })
    .filter(({ loss }) => loss !== undefined);
  const page = await report('resumed');
  for (const moment of ['before training', 'after step 3'])
    expect(page).toContain(`<dt>${moment} `);
  const charts = JSON.parse(/id="charts">(.*?)<\/script>/.exec(page)![1]!) as {
    x: number[];
    series: { values: (number | null)[] }[];
  }[];
  expect(charts[0]!.x).toEqual([1, 2, 3]);
  expect(charts[0]!.series[0]!.values).toEqual(lines.map(({ loss }) => loss));
});

test(
  'a tracker that cannot be reached is one note; one that is not configured or not installed ' +
    'ends the run before it begins',
  async () => {
    const events = await collect(recipe('unreachable', { mlflow: {} }), [
      rememberingTracker({ open: true }).plugin,
    ]);
    expect(trackerEvents(events)).toEqual([
      { type: 'tracker', name: 'mlflow', problem: 'left out from here on: connection refused' },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'finished' });
    expect(await report('unreachable')).toContain(
      'mlflow: left out from here on: connection refused',
    );
    await expect(
      collect(recipe('unset', { mlflow: {} }), [rememberingTracker({ check: true }).plugin]),
    ).rejects.toMatchObject({ code: 'bad-recipe' });
    await expect(collect(recipe('unset', { wandb: {} }), [])).rejects.toMatchObject({
      code: 'missing-plugin',
      message: expect.stringContaining('npm install @automodel/tracker-wandb') as string,
    });
    await expect(readdir(join(root, 'unset'))).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

test('sections that are null or switched off name no tracker', async () => {
  const events = await collect(
    recipe('off', {
      mlflow: { enable: false, experiment_name: 'x' },
      wandb: null,
      tensorboard: { enable: false },
    }),
    [],
  );
  expect(trackerEvents(events)).toEqual([]);
});

test('a report that cannot be written is one note', async () => {
  const run = recipe('unwritable');
  const events: RunEvent[] = [];
  for await (const event of finetune(run, { plugins })) {
    events.push(event);
    if (event.type === 'plan') {
      await rm(join(root, 'unwritable/report.html'));
      await mkdir(join(root, 'unwritable/report.html'));
      await writeFile(join(root, 'unwritable/report.html/x'), '');
    }
  }
  expect(trackerEvents(events)).toHaveLength(1);
  expect(trackerEvents(events)[0]).toMatchObject({
    name: 'report',
    problem: expect.stringContaining('cannot be written') as string,
  });
  expect(events.some(({ type }) => type === 'report')).toBe(false);
  expect(
    (await readdir(join(root, 'unwritable'))).filter((name) => name.includes('saving')),
  ).toEqual([]);
});
