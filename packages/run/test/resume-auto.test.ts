// `restore_from: auto`, one recipe for every start: it begins where there is nothing, goes on where
// there is a checkpoint, and says that the run is finished at its end.
import { mkdir, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExporterPlugin } from '@automodel/contracts';
import type { Recipe } from '@automodel/recipe';
import { finetune, type RunEvent } from '@automodel/run';
import { ownIdentity } from '../src/folder/process-identity.js';
import { refusalOf, resumedRuns, run } from './resumed-runs.js';
import { plugins } from './tiny-model.js';
import { collect, type TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
beforeAll(async () => {
  runs = await resumedRuns();
});
afterAll(() => runs[Symbol.asyncDispose]());

const auto = (output: string, more: Partial<Recipe> = {}): Recipe =>
  runs.recipe(output, { ...more, checkpoint: { restore_from: 'auto' } });
const typesOf = (events: readonly RunEvent[]): string[] => events.map(({ type }) => type);
const inFolder = (output: string, file: string): string => join(runs.root, output, file);

test('it begins, goes on, and ends with the bytes of a run that never stopped', async () => {
  await run(runs, runs.recipe('whole'));
  const first = await run(runs, auto('parts'), 2);
  expect(typesOf(first)).not.toContain('resumed');
  const second = await run(runs, auto('parts'), 5);
  expect(second.find(({ type }) => type === 'resumed')).toMatchObject({ step: 3 });
  const third = await run(runs, auto('parts'));
  expect(third.at(-1)).toMatchObject({ type: 'done', reason: 'finished', steps: 2 });
  expect(await readFile(inFolder('parts', 'model.safetensors'))).toEqual(
    await readFile(inFolder('whole', 'model.safetensors')),
  );
});

test('it starts over what was stopped before its first checkpoint', async () => {
  await mkdir(join(runs.root, 'early'));
  await writeFile(inFolder('early', 'metrics.jsonl'), '{"step":0,"loss":1}\n');
  await writeFile(inFolder('early', 'recipe.yaml'), 'seed: 1\n');
  const events = await run(runs, auto('early'), 1);
  expect(events.find(({ type }) => type === 'model')).toMatchObject({
    notes: [expect.stringContaining('it is started over')],
  });
  expect((await readFile(inFolder('early', 'metrics.jsonl'), 'utf8')).split('\n')).toHaveLength(3);
});

test('a finished run says so, computes nothing and changes nothing', async () => {
  await run(runs, runs.recipe('done'));
  const before = await readFile(inFolder('done', 'report.html'));
  // as it was, started without auto; and with a setting that changes no numbers
  for (const more of [{}, { backend: { threads: 2 } }]) {
    const events = await run(runs, auto('done', more));
    expect(events.slice(-2)).toEqual([
      {
        type: 'finished',
        directory: join(runs.root, 'done'),
        base: undefined,
        steps: 8,
        metrics: inFolder('done', 'metrics.jsonl'),
        recipe: inFolder('done', 'recipe.yaml'),
        report: inFolder('done', 'report.html'),
      },
      expect.objectContaining({ type: 'done', reason: 'finished', steps: 0 }),
    ]);
    expect(typesOf(events)).not.toContain('step');
  }
  expect(typesOf(await run(runs, auto('done')))).toEqual(['finished', 'done']);
  expect(await readFile(inFolder('done', 'report.html'))).toEqual(before);
});

test('a longer recipe goes on after the end, and other numbers are refused as ever', async () => {
  const schedule = { lr_scheduler: { lr_decay_style: 'constant', lr_warmup_steps: 0 } } as const;
  const ofSteps = (max_steps: number): Partial<Recipe> => ({
    ...schedule,
    step_scheduler: { global_batch_size: 4, local_batch_size: 2, max_steps, ckpt_every_steps: 2 },
  });
  await run(runs, auto('longer', ofSteps(5)));
  const events = await run(runs, auto('longer', ofSteps(7)));
  expect(events.find(({ type }) => type === 'resumed')).toMatchObject({ step: 4 });
  expect(
    await refusalOf(runs, auto('longer', { ...ofSteps(7), optimizer: { lr: 2e-2 } })),
  ).toContain('optimizer.lr was 0.01 and is 0.02');
});

test('a folder of something else is refused, and nothing is written into it', async () => {
  await mkdir(join(runs.root, 'thesis'));
  await writeFile(inFolder('thesis', 'recipe.yaml'), 'mine');
  for (let i = 0; i < 2; i++)
    expect(await refusalOf(runs, auto('thesis'))).toMatch(/the output folder is not empty/);
  await writeFile(inFolder('thesis', 'metrics.jsonl'), '');
  await writeFile(inFolder('thesis', 'chapter.txt'), 'mine');
  expect(await refusalOf(runs, auto('thesis'))).toMatch(/the output folder is not empty/);
  expect(await readdir(join(runs.root, 'thesis'))).toEqual([
    'chapter.txt',
    'metrics.jsonl',
    'recipe.yaml',
  ]);
});

test('a run that fails before it begins leaves no folder behind', async () => {
  const wrong = auto('deep/er', { dataset: { path_or_dataset_id: '/nowhere.jsonl' } });
  expect(await refusalOf(runs, wrong)).toMatch(/nowhere/);
  expect(await readdir(runs.root)).not.toContain('deep');
});

/** The folder is held by a process of another machine that was silent for so long. */
async function held(output: string, seconds: number): Promise<void> {
  const lock = { ...(await ownIdentity()), boot: 'another boot', host: 'node-3', pid: 12 };
  const path = inFolder(output, '.lock-1.json');
  await mkdir(join(runs.root, output), { recursive: true });
  await writeFile(path, JSON.stringify({ ...lock, number: 1, token: 'its', beat: 1 }));
  const then = new Date(Date.now() - 1000 * seconds);
  await utimes(path, then, then);
}

test('it waits for the lock of a silent machine, saying so; others are told how long', async () => {
  await held('silent', 29.5);
  expect(await refusalOf(runs, runs.recipe('silent'))).toMatch(
    /another run writes into this folder \(process 12 on node-3\) \(.*the folder is free in 1 s/,
  );
  await held('silent', 29.5);
  const events = await run(runs, auto('silent'), 1);
  expect(events[0]).toEqual({
    type: 'waiting',
    directory: join(runs.root, 'silent'),
    process: 12,
    host: 'node-3',
    seconds: 1,
  });
  expect(typesOf(events)).toContain('step');
});

test('a stop ends the waiting', async () => {
  await held('stopped', 0);
  const stop = new AbortController();
  const events = finetune(auto('stopped'), { plugins, signal: stop.signal });
  expect((await events.next()).value).toMatchObject({ type: 'waiting', seconds: 30 });
  stop.abort();
  await expect(events.next()).rejects.toMatchObject({ code: 'aborted' });
});

test('it does not wait for a process that lives', async () => {
  const refused: string[] = [];
  for await (const event of finetune(auto('living'), { plugins }))
    if (event.type === 'step' && event.step === 0)
      refused.push(await refusalOf(runs, auto('living')));
  expect(refused[0]).toMatch(/another run writes into this folder \(process \d+ on /);
});

test('an export that the end of the run did not come to is made', async () => {
  const exporter: ExporterPlugin = {
    kind: 'exporter',
    apiVersion: 1,
    name: 'toy',
    summary: 'writes a file',
    types: [],
    export: async ({ output }) => {
      await writeFile(output, 'exported');
      return { path: output, files: [], notes: [], checks: [], command: '' };
    },
  };
  const recipe = auto('exported', { export: { to: 'toy' } });
  const once = (): Promise<RunEvent[]> =>
    collect(finetune(recipe, { plugins: [...plugins, exporter] }));
  await once();
  const path = join(runs.root, 'exported-toy');
  await rename(path, `${path}-moved`);
  expect(typesOf(await once())).toEqual(['finished', 'exported', 'done']);
  expect(typesOf(await once())).toEqual(['finished', 'done']);
});
