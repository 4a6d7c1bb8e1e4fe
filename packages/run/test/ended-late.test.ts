// Runs that are killed or stopped when their result is in place, and before they have evaluated,
// exported and reported it: the next start makes up for that, and the one after it says that the
// run is finished.
import { cp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Recipe } from '@automodel/recipe';
import { finetune, type RunEvent } from '@automodel/run';
import { readAnswers } from '../src/observe/answers-file.js';
import { readReportFacts } from '../src/observe/report-facts.js';
import { bf16Model, refusalOf, resumedRuns, run } from './resumed-runs.js';
import { recordingTracker } from './observed-runs.js';
import { plugins } from './tiny-model.js';
import { collect, type TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
beforeAll(async () => {
  runs = await resumedRuns();
});
afterAll(() => runs[Symbol.asyncDispose]());

const inFolder = (output: string, file = ''): string => join(runs.root, output, file);
const typesOf = (events: readonly RunEvent[]): string[] =>
  events.map(({ type }) => type).filter((type) => type !== 'evaluation-progress');

/** Answers before and after training; goes on by itself. */
const asked = (output: string, more: Partial<Recipe> = {}): Recipe =>
  runs.recipe(output, {
    evaluation: {
      dataset: { path_or_dataset_id: runs.data, limit_dataset_samples: 3 },
      num_samples: 3,
      max_new_tokens: 6,
    },
    ...more,
    checkpoint: { restore_from: 'auto', max_recent_checkpoints: null, ...more.checkpoint },
  });

/** Runs until `dies`, and leaves the folder as it is when the process is killed there. */
async function kill(output: string, recipe: Recipe, dies: (event: RunEvent) => boolean) {
  const [folder, copy] = [inFolder(output), inFolder(`${output}, copied`)];
  for await (const event of finetune(recipe, { plugins })) {
    if (!dies(event)) continue;
    await cp(folder, copy, { recursive: true, filter: (path) => !path.includes('.lock-') });
    break;
  }
  await rm(folder, { recursive: true });
  await rename(copy, folder);
}

/** What a run leaves, times apart. */
async function left(output: string) {
  const metrics = (await readFile(inFolder(output, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  const facts = await readReportFacts(inFolder(output, 'report.json'));
  const { status, model, datasets, notes, saved, nextCommand, totalSteps } = facts!;
  return {
    metrics: metrics.map((line) => {
      const {
        timestamp: _,
        tps: _t,
        tps_per_gpu: _g,
        data_wait_ms: _d,
        mem: _m,
        ...values
      } = JSON.parse(line) as Record<string, unknown>;
      return values;
    }),
    report: { status, model, datasets, notes, saved, nextCommand, totalSteps },
    answers: await readAnswers(inFolder(output, 'answers.jsonl'), Infinity),
    files: (await readdir(inFolder(output))).filter((name) => !name.startsWith('.lock')).sort(),
  };
}

const isLast = (event: RunEvent): boolean => event.type === 'evaluation' && event.when === 'after';
const isAnswering = (event: RunEvent): boolean =>
  event.type === 'evaluation-progress' && event.when === 'after';
const isResult = (event: RunEvent): boolean =>
  event.type === 'checkpoint-saved' && event.step === 7;

test.each<[string, (event: RunEvent) => boolean, readonly string[]]>([
  ['when its result has just appeared', isResult, ['finished', 'evaluation', 'report', 'done']],
  ['in its last evaluation', isAnswering, ['finished', 'evaluation', 'report', 'done']],
  ['when its answers are written', isLast, ['finished', 'evaluation', 'report', 'done']],
  ['before its report', (event) => event.type === 'saved', ['finished', 'report', 'done']],
])('killed %s, it ends as one that was not', async (moment, dies, events) => {
  const output = `killed ${moment}`;
  const recipe = asked(output, {
    validation_dataset: { path_or_dataset_id: runs.data },
    // the best step is not the last
    optimizer: { lr: 3, weight_decay: 0 },
    lr_scheduler: { lr_decay_style: 'constant', lr_warmup_steps: 0 },
    checkpoint: { load_best_at_end: true },
  });
  await run(runs, recipe);
  const whole = await left(output);
  expect(whole.report.notes).toEqual([expect.stringMatching(/^the result is step [1-7],/)]);
  await rm(inFolder(output), { recursive: true });
  await kill(output, recipe, dies);
  expect(await left(output)).not.toEqual(whole);
  expect(typesOf(await run(runs, recipe))).toEqual(events);
  expect(await left(output)).toEqual(whole);
  const report = await readFile(inFolder(output, 'report.html'));
  expect(typesOf(await run(runs, recipe))).toEqual(['finished', 'done']);
  expect(await readFile(inFolder(output, 'report.html'))).toEqual(report);
});

test('what answers is the result, rounded as its files hold it', async () => {
  const recipe = asked('rounded', {
    model: { pretrained_model_name_or_path: await bf16Model(runs) },
    precision: 'f32',
  });
  await run(runs, recipe);
  const whole = await left('rounded');
  await rm(inFolder('rounded'), { recursive: true });
  await kill('rounded', recipe, isAnswering);
  await run(runs, recipe);
  expect(await left('rounded')).toEqual(whole);
});

test('an adapter answers too, for trackers as well, and without any checkpoint', async () => {
  const recipe = asked('adapter', {
    peft: { type: 'lora', dim: 2 },
    step_scheduler: { global_batch_size: 4, local_batch_size: 2, max_steps: 3, num_epochs: null },
    mlflow: {},
  });
  const tracked = async (stop?: (event: RunEvent) => boolean) => {
    const { plugin, seen } = recordingTracker();
    const abort = new AbortController();
    const events = await runs.run(recipe, {
      plugins: [(await import('@automodel/peft')).default, plugin],
      signal: abort.signal,
      onEvent: (event) => stop?.(event) === true && abort.abort(),
    });
    return { done: events.at(-1), types: typesOf(events), seen };
  };
  await tracked();
  const whole = await left('adapter');
  await rm(inFolder('adapter'), { recursive: true });
  const stopped = await tracked(isAnswering);
  expect(stopped.done).toMatchObject({ type: 'done', reason: 'aborted', steps: 3 });
  expect(stopped.seen.outcome).toEqual({ status: 'stopped' });
  const again = await tracked(isAnswering);
  expect(again.done).toMatchObject({ type: 'done', reason: 'aborted', steps: 0 });
  const { done, types, seen } = await tracked();
  expect(done).toMatchObject({ type: 'done', reason: 'finished' });
  expect(types.filter((type) => type !== 'tracker')).toEqual([
    'finished',
    'evaluation',
    'report',
    'done',
  ]);
  expect(seen.entries).toMatchObject([{ step: 2, epoch: 0 }]);
  expect(seen.outcome).toEqual({ status: 'finished' });
  expect(await left('adapter')).toEqual(whole);
});

test('a start with other settings, and one from the latest step, end it as well', async () => {
  const from = (restore_from: string, threads = 1): Recipe =>
    asked('others', { backend: { threads }, checkpoint: { restore_from } });
  for (const recipe of [from('auto', 2), from('latest'), from('latest', 2)]) {
    await kill('others', from('auto'), isAnswering);
    expect(typesOf(await run(runs, recipe)).slice(-4)).toEqual([
      'finished',
      'evaluation',
      'report',
      'done',
    ]);
    expect(await refusalOf(runs, from('latest'))).toMatch(/the run is finished/);
    await rm(inFolder('others'), { recursive: true });
  }
});

test('a run that was killed while it saved its result starts over', async () => {
  const recipe = asked('saving', { step_scheduler: { max_steps: 3, num_epochs: null } });
  await kill('saving', recipe, (event) => event.type === 'saved');
  const isOfResult = (name: string): boolean =>
    !['metrics.jsonl', 'recipe.yaml', 'answers.jsonl', '.ending.json'].includes(name);
  for (const name of (await readdir(inFolder('saving'))).filter(isOfResult))
    await rm(inFolder('saving', name), { recursive: true });
  const events = await collect(finetune(recipe, { plugins }));
  expect(events.find(({ type }) => type === 'model')).toMatchObject({
    notes: [expect.stringContaining('it is started over')],
  });
  expect(events.at(-1)).toMatchObject({ reason: 'finished', steps: 3 });
});
