// Resuming from a checkpoint: the same losses and final weights, bit for bit, as a run that
// was never stopped.
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AutoModelForCausalLM } from '@automodel/run';
import type { Recipe } from '@automodel/recipe';
import { bf16Model, resumedRuns, run } from './resumed-runs.js';
import { plugins } from './tiny-model.js';
import type { TinyRuns } from './tiny-runs.js';

/** What tells how a run came to its end. */
const OF_THE_WAY =
  /^(epoch_\d+_step_\d+|LATEST|LOWEST_VAL|metrics\.jsonl|recipe\.yaml|\.lock-\d+\.json)$/;

let runs: TinyRuns;
let bf16: string;
beforeAll(async () => {
  runs = await resumedRuns();
  bf16 = await bf16Model(runs);
});
afterAll(() => runs[Symbol.asyncDispose]());

const numbers = async (output: string): Promise<unknown[]> =>
  (await readFile(join(runs.root, output, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => {
      const { step, epoch, loss, grad_norm, lr, val_loss } = JSON.parse(line) as Record<
        string,
        unknown
      >;
      return { step, epoch, loss, grad_norm, lr, val_loss };
    });

test.each<[string, () => Partial<Recipe>, string]>([
  [
    'all weights',
    () => ({ validation_dataset: { path_or_dataset_id: runs.data } }),
    'model.safetensors',
  ],
  [
    'all weights of a bf16 folder, packed',
    () => ({
      model: { pretrained_model_name_or_path: bf16 },
      packed_sequence: { packed_sequence_size: 128 },
      step_scheduler: {
        global_batch_size: 2,
        local_batch_size: 1,
        max_steps: 7,
        ckpt_every_steps: 2,
      },
    }),
    'model.safetensors',
  ],
  [
    'streamed windows',
    () => ({
      dataset: {
        path_or_dataset_id: runs.data,
        streaming: true,
        shuffle_buffer_size: 5,
        seq_length: 128,
      },
      step_scheduler: {
        global_batch_size: 2,
        local_batch_size: 1,
        max_steps: 9,
        ckpt_every_steps: 2,
      },
    }),
    'model.safetensors',
  ],
  [
    'an adapter with dropout',
    () => ({ peft: { dim: 2, dropout: 0.2, use_dora: true } }),
    'adapter_model.safetensors',
  ],
])('a stopped run of %s resumes as if it had not been stopped', async (name, more, file) => {
  const [whole, parted] = [`whole ${name}`, `parted ${name}`];
  await run(runs, runs.recipe(whole, more()));
  const stopped = await run(runs, runs.recipe(parted, more()), 4);
  expect(stopped.at(-1)).toMatchObject({ type: 'done', reason: 'aborted', steps: 5 });
  const events = await run(
    runs,
    runs.recipe(parted, { ...more(), checkpoint: { restore_from: 'latest' } }),
  );
  expect(events.find((event) => event.type === 'resumed')).toMatchObject({
    step: 5,
    numericsChanged: false,
  });
  expect(await readFile(join(runs.root, parted, file))).toEqual(
    await readFile(join(runs.root, whole, file)),
  );
  expect(await numbers(parted)).toEqual(await numbers(whole));
  const othersIn = async (output: string): Promise<string[]> =>
    (await readdir(join(runs.root, output))).filter((entry) => !OF_THE_WAY.test(entry)).sort();
  expect(await othersIn(parted)).toEqual(await othersIn(whole));
});

test('steps that are done again after a checkpoint are in the metrics once', async () => {
  await run(runs, runs.recipe('killed'), 4);
  for (const name of ['epoch_1_step_4', 'LATEST'])
    await rm(join(runs.root, 'killed', name), { recursive: true });
  await run(runs, runs.recipe('killed', { checkpoint: { restore_from: 'latest' } }));
  const metrics = (await numbers('killed')) as readonly { readonly step: number }[];
  expect(metrics.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('a checkpoint is a model folder with a training state; links and maximum hold', async () => {
  await run(
    runs,
    runs.recipe('bounded', {
      validation_dataset: { path_or_dataset_id: runs.data },
      checkpoint: { max_recent_checkpoints: 1 },
    }),
    6,
  );
  const entries = (await readdir(join(runs.root, 'bounded'))).sort();
  expect(entries).toEqual(expect.arrayContaining(['LATEST', 'LOWEST_VAL', 'epoch_1_step_6']));
  expect(await readlink(join(runs.root, 'bounded/LATEST'))).toBe('epoch_1_step_6');
  const lowest = await readlink(join(runs.root, 'bounded/LOWEST_VAL'));
  expect(entries.filter((name) => name.startsWith('epoch'))).toEqual(
    [...new Set([lowest, 'epoch_1_step_6'])].sort(),
  );
  expect((await readdir(join(runs.root, 'bounded/LATEST'))).sort()).toEqual(
    expect.arrayContaining([
      'config.json',
      'config.yaml',
      'losses.json',
      'model.safetensors',
      'tokenizer.json',
      'training_state',
    ]),
  );
  await using model = await AutoModelForCausalLM.fromPretrained(join(runs.root, 'bounded/LATEST'), {
    plugins,
    backend: { threads: 1 },
  });
  expect(model.config['model_type']).toBe('qwen3');
});
