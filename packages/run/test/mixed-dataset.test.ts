// Several data sets in one section: what may be written, what is taken from each, and that a
// stopped run resumes exactly.
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkRecipe, type DatasetInput, type Recipe } from '@automodel/recipe';
import { composeRun, finetune, PluginRegistry, type Finding, type RunEvent } from '@automodel/run';
import { plugins, writeModel, writeRows } from './tiny-model.js';

let root: string;
let model: string;
let files: readonly [string, string];
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-mixed-')));
  model = await writeModel(root);
  files = [
    await writeRows(join(root, 'few.jsonl'), 4),
    await writeRows(join(root, 'many.jsonl'), 20),
  ];
});
afterAll(() => rm(root, { recursive: true, force: true }));

const mixed = (more: object = {}): DatasetInput => ({
  type: 'mixed',
  seq_length: 256,
  datasets: [{ weight: 3, path_or_dataset_id: files[0] }, { path_or_dataset_id: files[1] }],
  stopping_strategy: 'all_exhausted',
  ...more,
});
const recipe = (output: string, dataset: DatasetInput, more: Partial<Recipe> = {}): Recipe => ({
  model: { pretrained_model_name_or_path: model },
  dataset,
  step_scheduler: { global_batch_size: 4, local_batch_size: 2, max_steps: 9, ckpt_every_steps: 2 },
  optimizer: { lr: 1e-2 },
  backend: { threads: 1 },
  ...more,
  checkpoint: { checkpoint_dir: join(root, output), ...more.checkpoint },
});
async function run(input: Recipe, stopAfter?: number): Promise<RunEvent[]> {
  const stop = new AbortController();
  const events: RunEvent[] = [];
  for await (const event of finetune(input, { plugins, signal: stop.signal })) {
    events.push(event);
    if (event.type === 'step' && event.step === stopAfter) stop.abort();
  }
  return events;
}

describe('a run', () => {
  test('takes from each by weight, says how much, and shows a row of each', async () => {
    const events = await run(
      recipe('told', mixed(), {
        validation_dataset: mixed({ stopping_strategy: 'first_exhausted' }),
      }),
    );
    const told = events.filter((event) => event.type === 'dataset');
    expect(told.map(({ name, file }) => [name, file])).toEqual([
      ['train', files.join(' + ')],
      ['default', files.join(' + ')],
    ]);
    const [few, many] = told[0]!.report.mixture!;
    expect(few).toMatchObject({ file: files[0], weight: 3, rows: 4, samples: 4 });
    expect(many).toMatchObject({
      file: files[1],
      weight: 1,
      rows: 20,
      samples: 20,
      taken: 20,
      repeated: 0,
    });
    expect(few!.repeated).toBe(few!.taken - 4);
    expect(Math.abs(few!.taken / (few!.taken + 20) - 0.75)).toBeLessThan(0.1);
    expect(told[0]!.report).toMatchObject({ rows: 24, samples: few!.taken + 20 });
    expect(told[1]!.report.mixture!.some(({ taken, samples }) => taken === samples)).toBe(true);
    expect(
      events
        .find((event) => event.type === 'preview')
        ?.examples.map(({ source }) => `${source.file}:${source.row}`),
    ).toEqual(files.map((file) => `${file}:1`));
  });

  test('is checked set by set, and intended repetitions are not a finding', async () => {
    const findings: Finding[] = [];
    await using one = composeRun(
      checkRecipe(recipe('checked', mixed())),
      new PluginRegistry({ discovered: [], given: plugins }),
    );
    for await (const finding of one.check()) findings.push(finding);
    const data = findings
      .filter(({ check }) => check === 'data')
      .map(({ level, message }) => `${level} ${message}`);
    expect(data).toContainEqual(
      expect.stringMatching(
        /^ok train: 20 samples of an epoch \(\d+\.\d %\) come from the 20 of .*\(20 rows\)$/,
      ),
    );
    expect(data).toContainEqual(
      expect.stringMatching(
        /^ok train: \d+ samples of .* come from the 4 of .*few\.jsonl \(4 rows\), \d+ of them rep/,
      ),
    );
    // The four rows of one file are the first four of the other: only those are reported.
    expect(data.filter((line) => line.startsWith('warning'))).toEqual([
      expect.stringMatching(/^warning train: 4 of \d+ samples are duplicates$/),
    ]);
  });

  test.each([
    ['one after the other', {}],
    [
      'packed',
      { packed_sequence: { packed_sequence_size: 256, packing_strategy: 'neat' as const } },
    ],
  ])('that was stopped goes on as if it had not been, %s', async (name, more) => {
    const [whole, parted] = [`whole ${name}`, `parted ${name}`];
    await run(recipe(whole, mixed(), more));
    await run(recipe(parted, mixed(), more), 4);
    const again = { ...more, checkpoint: { restore_from: 'latest' } };
    await expect(run(recipe(parted, mixed({ seed: 7 }), again))).rejects.toThrow(
      'the data has changed',
    );
    expect(
      (await run(recipe(parted, mixed(), again))).find((event) => event.type === 'resumed'),
    ).toMatchObject({ step: 5 });
    expect(await readFile(join(root, parted, 'model.safetensors'))).toEqual(
      await readFile(join(root, whole, 'model.safetensors')),
    );
  });
});
