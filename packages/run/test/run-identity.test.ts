// Every setting that changes the numbers of a run, one after the other: a run that was saved with
// another value is not resumed, and the error names the setting. The table is compared with the
// identity in a checkpoint, so that neither can lack a setting of the other.
import { appendFile, cp, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sum } from '@automodel/core';
import lora from '@automodel/peft';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkRecipe, type Recipe } from '@automodel/recipe';
import { composeRun, PluginRegistry, type ComposeOptions, type RunEvent } from '../src/index.js';
import { plugins, writeDescription, writeModel, writeRows } from './tiny-model.js';

let root: string;
const registry = new PluginRegistry({ discovered: [], given: [...plugins, lora] });

/** A setting as the identity names it, and a change of it. */
type Row = readonly [key: string, change: Partial<Recipe>, options?: ComposeOptions];

/** A run that is saved, and every change with which it must not be resumed. */
interface Saved {
  readonly recipe: Partial<Recipe>;
  /** Keys that have only one value in such a run. */
  readonly fixed: readonly string[];
  readonly rows: readonly Row[];
}

const STEPS = { global_batch_size: 4, local_batch_size: 2, num_epochs: 2, ckpt_every_steps: 1 };
const ADAMW = { type: 'adamw', lr: 1e-2 } as const;
const SGD = { type: 'sgd', lr: 1e-2, momentum: 0.9, weight_decay: 0.01 } as const;
const RATES = {
  lr_decay_style: 'cosine',
  lr_warmup_steps: 2,
  lr_decay_steps: 6,
  start_wd: 0.01,
  end_wd: 0.02,
  wd_incr_steps: 5,
  wd_incr_style: 'linear',
} as const;
const PEFT = { dim: 2, alpha: 4, dropout: 0.1, target_modules: ['q_proj', 'v_proj'] };

const steps = (change: object): Partial<Recipe> => ({ step_scheduler: { ...STEPS, ...change } });
const adamw = (change: object): Partial<Recipe> => ({ optimizer: { ...ADAMW, ...change } });
const sgd = (change: object): Partial<Recipe> => ({ optimizer: { ...SGD, ...change } });
const rates = (change: object): Partial<Recipe> => ({ lr_scheduler: { ...RATES, ...change } });
const peft = (change: object): Partial<Recipe> => ({ peft: { ...PEFT, ...change } });
const packed = (change: object): Partial<Recipe> => ({
  packed_sequence: { packed_sequence_size: 128, ...change },
});

const SAVED: Readonly<Record<string, Saved>> = {
  'all weights, with a schedule, packed': {
    recipe: { ...adamw({}), ...rates({}), ...packed({}) },
    fixed: ['adapter', 'lr_scheduler.type'],
    rows: [
      ['seed', { seed: 7 }],
      ['precision', { precision: 'bf16' }],
      ['step_scheduler.global_batch_size', steps({ global_batch_size: 6 })],
      ['step_scheduler.local_batch_size', steps({ local_batch_size: 1 })],
      ['optimizer.type', adamw({ type: 'adam', weight_decay: 0.01 })],
      ['optimizer.lr', adamw({ lr: 2e-2 })],
      ['optimizer.weight_decay', adamw({ weight_decay: 0.1 })],
      ['optimizer.betas', adamw({ betas: [0.9, 0.95] })],
      ['optimizer.eps', adamw({ eps: 1e-6 })],
      ['lr_scheduler.lr_decay_style', rates({ lr_decay_style: 'linear' })],
      ['lr_scheduler.lr_warmup_steps', rates({ lr_warmup_steps: 1 })],
      ['lr_scheduler.lr_decay_steps', rates({ lr_decay_steps: 5 })],
      ['lr_scheduler.init_lr', rates({ init_lr: 1e-5 })],
      ['lr_scheduler.max_lr', rates({ max_lr: 5e-3 })],
      ['lr_scheduler.min_lr', rates({ min_lr: 1e-5 })],
      ['lr_scheduler.wsd_decay_steps', rates({ wsd_decay_steps: 3 })],
      ['lr_scheduler.lr_wsd_decay_style', rates({ lr_wsd_decay_style: 'linear' })],
      ['lr_scheduler.start_wd', rates({ start_wd: 0 })],
      ['lr_scheduler.end_wd', rates({ end_wd: 0.03 })],
      ['lr_scheduler.wd_incr_steps', rates({ wd_incr_steps: 4 })],
      ['lr_scheduler.wd_incr_style', rates({ wd_incr_style: 'cosine' })],
      ['clip_grad_norm.max_norm', { clip_grad_norm: { max_norm: 0.5 } }],
      ['packed_sequence.packed_sequence_size', packed({ packed_sequence_size: 160 })],
      ['packed_sequence.packing_strategy', packed({ packing_strategy: 'neat' })],
      ['packed_sequence.drop_long_samples', packed({ drop_long_samples: true })],
      ['packed_sequence.max_packs', packed({ max_packs: 3 })],
      ['dataloader.shuffle', { dataloader: { shuffle: false } }],
      ['loss', {}, { loss: ({ logits }) => sum(logits, [1]) }],
      ['fusion', {}, { fuse: false }],
      ['model', { model: { pretrained_model_name_or_path: 'other' } }],
    ],
  },
  'an adapter, with SGD': {
    recipe: { ...sgd({}), ...peft({}) },
    fixed: [
      'model', // and what follows from it is above already
      'seed',
      'precision',
      'step_scheduler.global_batch_size',
      'step_scheduler.local_batch_size',
      'lr_scheduler',
      'clip_grad_norm.max_norm',
      'packed_sequence.packed_sequence_size',
      'packed_sequence.drop_long_samples',
      'dataloader.shuffle',
      'optimizer.dampening', // and what follows has only one value
      'adapter.base_model_name_or_path',
      'adapter.bias',
      'adapter.fan_in_fan_out',
      'adapter.inference_mode',
      'adapter.init_lora_weights',
      'adapter.modules_to_save',
      'adapter.peft_type',
      'adapter.task_type',
    ],
    rows: [
      ['optimizer.type', { optimizer: { type: 'adam', lr: 1e-2, weight_decay: 0.01 } }],
      ['optimizer.lr', sgd({ lr: 2e-2 })],
      ['optimizer.weight_decay', sgd({ weight_decay: 0 })],
      ['optimizer.momentum', sgd({ momentum: 0.5 })],
      ['optimizer.nesterov', sgd({ nesterov: true })],
      ['adapter.r', peft({ dim: 3 })],
      ['adapter.lora_alpha', peft({ alpha: 5 })],
      ['adapter.lora_dropout', peft({ dropout: 0.2 })],
      ['adapter.target_modules', peft({ target_modules: ['q_proj'] })],
      ['adapter.use_dora', peft({ use_dora: true })],
      ['adapter.use_rslora', peft({ use_rslora: true })],
      ['peft.dropout_position', peft({ dropout_position: 'pre' })],
      ['quantization', { quantization: { load_in_4bit: true } }],
    ],
  },
};

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-identity-')));
  await cp(await writeModel(root), join(root, 'other'), { recursive: true });
  await appendFile(join(root, 'other/config.json'), ' ');
  await writeDescription(join(root, 'narrow'), { intermediate_size: 32 });
  await writeRows(join(root, 'rows.jsonl'), 14);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Runs until an event for which `until` is true. */
async function run(
  recipe: Partial<Recipe>,
  until: (event: RunEvent) => boolean,
  options: ComposeOptions = {},
): Promise<void> {
  const stop = new AbortController();
  await using whole = composeRun(
    checkRecipe({
      model: { pretrained_model_name_or_path: 'model' },
      dataset: { path_or_dataset_id: 'rows.jsonl' },
      backend: { threads: 1 },
      step_scheduler: STEPS,
      optimizer: ADAMW,
      ...recipe,
    }),
    registry,
    { ...options, workingDirectory: root, signal: stop.signal },
  );
  for await (const event of whole.events(stop.signal)) if (until(event)) stop.abort();
}

const stateOf = async (directory: string): Promise<{ readonly identity: object }> =>
  JSON.parse(await readFile(join(root, directory, 'LATEST/training_state/state.json'), 'utf8')) as {
    readonly identity: object;
  };

/** Saves a run, and returns the answers to changes that do not name their key. */
async function unnamed(
  directory: string,
  recipe: Partial<Recipe>,
  rows: readonly Row[],
): Promise<string[]> {
  const checkpoint = { checkpoint_dir: directory };
  await run({ ...recipe, checkpoint }, ({ type }) => type === 'step');
  const answers: string[] = [];
  for (const [key, change, options] of rows) {
    const resumed = { ...recipe, ...change, checkpoint: { ...checkpoint, restore_from: 'latest' } };
    const answer = await run(resumed, () => true, options).then(
      () => 'went on',
      (error: Error) => error.message,
    );
    if (!answer.includes(`: ${key} was `) && !answer.includes(`; ${key} was `))
      answers.push(`${key}: ${answer}`);
  }
  return answers;
}

test.each(Object.entries(SAVED))(
  'a run of %s goes on only with the settings that it was saved with',
  async (name, { recipe, fixed, rows }) => {
    expect(await unnamed(name, recipe, rows)).toEqual([]);
    const known = new Set([...fixed, ...rows.map(([key]) => key)]);
    const { identity } = await stateOf(name);
    expect(Object.keys(identity).filter((key) => !known.has(key))).toEqual([]);
  },
);

test('a run from random weights is resumed only with the config of its checkpoint', async () => {
  const from = (config: string): Partial<Recipe> => ({
    model: { type: 'causal_lm_from_config', config: `${config}/config.json` },
    tokenizer: { pretrained_model_name_or_path: 'description' },
  });
  const rows: readonly Row[] = [
    ['model', from('narrow')],
    ['model', { model: { pretrained_model_name_or_path: 'model' } }],
  ];
  expect(await unnamed('random', from('description'), rows)).toEqual([]);
});

test('when a run saves and what it keeps may change', async () => {
  const checkpoint = { checkpoint_dir: join(root, 'saving') };
  await run({ checkpoint }, ({ type }) => type === 'step');
  const events: string[] = [];
  await run(
    {
      step_scheduler: { ...STEPS, ckpt_every_steps: 3, val_every_steps: 2 },
      checkpoint: { ...checkpoint, restore_from: 'latest', max_recent_checkpoints: 1 },
    },
    ({ type }) => events.push(type) > 0 && type === 'step',
  );
  expect(events).toEqual(expect.arrayContaining(['resumed', 'step']));
});
