// Several data sets in one section: what may be written, what is taken from each, and that a
// stopped run of them goes on exactly.
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkRecipe,
  composeRun,
  finetune,
  PluginRegistry,
  type DatasetInput,
  type Finding,
  type Recipe,
  type RunEvent,
} from '../src/index.js';
import { plugins, writeModel, writeRows } from './tiny-model.js';
import { parse, refusal } from './support.js';

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

describe('a mixture as written', () => {
  const MODEL = 'model: {pretrained_model_name_or_path: m}\noptimizer: {lr: 1}\n';
  const written = (dataset: string): string => `${MODEL}dataset: {type: mixed, ${dataset}}\n`;
  const two =
    'datasets: [{weight: 0.7, path_or_dataset_id: a.jsonl}, {path_or_dataset_id: b.jsonl}]';

  test('has its own settings, and gives others to its data sets', () => {
    const { dataset } = parse(
      written(
        'seq_length: 64, overlong: drop, mask_history: true, cache: false, datasets: [{weight: ' +
          '0.7, _target_: nemo_automodel.components.datasets.llm.chat_dataset.ChatDataset, ' +
          'path_or_dataset_id: a.jsonl}, {dataset_name: b.jsonl, max_length: 32, truncation: ' +
          'true, ' +
          'mask_history: false}]',
      ),
    ).recipe;
    if (dataset.type !== 'mixed') throw new Error('it is a mixture');
    expect(dataset).toMatchObject({
      stopping_strategy: 'first_exhausted',
      seed: null,
      streaming: false,
    });
    expect(dataset.datasets).toMatchObject([
      {
        type: 'chat',
        weight: 0.7,
        path_or_dataset_id: 'a.jsonl',
        seq_length: 64,
        overlong: 'drop',
        mask_history: true,
        cache: false,
        answer_only_loss_mask: true,
      },
      {
        type: 'jsonl',
        weight: 1,
        path_or_dataset_id: 'b.jsonl',
        seq_length: 32,
        overlong: 'truncate',
        mask_history: false,
        cache: false,
      },
    ]);
  });

  test.each([
    [two.replace('0.7', '0'), 'dataset.datasets.0.weight must be above 0'],
    [two.replace('0.7', 'heavy'), 'dataset.datasets.0.weight: expected a number'],
    [
      two.replace(', {path_or_dataset_id: b.jsonl}', ''),
      'dataset.datasets must be at least 2 entries',
    ],
    [
      two.replace('weight', 'wieght'),
      'dataset.datasets.0.wieght: unknown key; did you mean weight?',
    ],
    [
      two.replace('weight: 0.7', 'type: mixed'),
      'dataset.datasets.0.type: the text "mixed" is not one of jsonl',
    ],
    [
      two.replace('weight: 0.7', 'chat_template: x'),
      'dataset.datasets.0.chat_template: belongs to the mixture as a whole',
    ],
    [
      two.replace('weight: 0.7', 'streaming: true'),
      'dataset.datasets.0.streaming: belongs to the mixture as a whole',
    ],
    [
      two.replace('path_or_dataset_id: a.jsonl', 'split: train'),
      'dataset.datasets.0.path_or_dataset_id is missing',
    ],
    [
      `${two}, path_or_dataset_id: c.jsonl`,
      'dataset.path_or_dataset_id: belongs to a single data set; set it in each of datasets',
    ],
    [
      `${two}, limit_dataset_samples: 5`,
      'dataset.limit_dataset_samples: belongs to a single data set',
    ],
    [`${two}, streaming: true`, 'dataset.streaming: cannot be used with dataset type mixed'],
    [
      `${two}, stopping_strategy: all`,
      'dataset.stopping_strategy: the text "all" is not one of first_exhausted, all_exhausted',
    ],
    ['seed: 1', 'dataset.datasets is missing'],
  ])('refuses %s', (dataset, message) => {
    expect(refusal(() => parse(written(dataset)))).toContain(message);
  });

  test('is not what a single data set says, nor what questions are asked from', () => {
    expect(
      refusal(() =>
        parse(`${MODEL}dataset: {path_or_dataset_id: a, stopping_strategy: all_exhausted}\n`),
      ),
    ).toContain('dataset.stopping_strategy is for dataset type mixed');
    expect(
      refusal(() =>
        parse(
          `${MODEL}dataset: {path_or_dataset_id: a}\nevaluation: {dataset: {type: mixed, ` +
            `${two}}}\n`,
        ),
      ),
    ).toContain('evaluation.dataset.type must be a single data set');
  });
});

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

  test('is checked set by set, and what it repeats on purpose is no finding', async () => {
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
        /^ok train: 20 samples of an epoch \(\d+\.\d %\) come from the 20 of .*many\.jsonl \(20 rows\)$/,
      ),
    );
    expect(data).toContainEqual(
      expect.stringMatching(
        /^ok train: \d+ samples of an epoch .* come from the 4 of .*few\.jsonl \(4 rows\), \d+ of them repeated$/,
      ),
    );
    // The four rows of one file are the first four of the other: only those are told.
    expect(data.filter((line) => line.startsWith('warning'))).toEqual([
      expect.stringMatching(/^warning train: 4 of \d+ samples are repetitions of others$/),
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
