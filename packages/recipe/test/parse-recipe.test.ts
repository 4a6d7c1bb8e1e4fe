// Defaults of a recipe, and the values that its keys take.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkRecipe, type Recipe } from '../src/index.js';
import { MINIMAL, parse, refusal } from './support.js';
import { QUICKSTART } from './quickstart-recipes.js';

describe('defaults', () => {
  test("are NeMo's where NeMo has them", () => {
    const { recipe, notes } = parse(MINIMAL);
    expect(notes).toEqual([]);
    expect(recipe).toMatchObject({
      recipe: 'TrainFinetuneRecipeForNextTokenPrediction',
      seed: 42,
      precision: 'auto',
      lr_scheduler: null,
      evaluation: null,
      plugins: [],
      validation_datasets: {},
      model: {
        type: 'causal_lm',
        pretrained_model_name_or_path: 'models/base',
        torch_dtype: 'auto',
      },
      step_scheduler: {
        global_batch_size: 32,
        local_batch_size: 1,
        num_epochs: 10,
        max_steps: null,
        ckpt_every_steps: 100,
        save_checkpoint_every_epoch: true,
        val_every_steps: null,
      },
      dataset: {
        type: 'jsonl',
        path_or_dataset_id: 'data/train.jsonl',
        seq_length: null,
        overlong: 'error',
        answer_only_loss_mask: true,
      },
      packed_sequence: { packed_sequence_size: 0 },
      optimizer: { type: 'adamw', lr: 1e-5, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.01 },
      clip_grad_norm: { max_norm: 1 },
      loss_fn: { type: 'masked_cross_entropy' },
      dataloader: { shuffle: true },
      distributed: { strategy: undefined },
      dist_env: { backend: null, timeout_minutes: null, init_method: null },
      checkpoint: {
        enabled: true,
        checkpoint_dir: 'checkpoints/',
        save_consolidated: 'final',
        restore_from: null,
        max_recent_checkpoints: null,
      },
    });
    expect(parse(`${MINIMAL}lr_scheduler: {}\n`).recipe.lr_scheduler).toMatchObject({
      lr_decay_style: 'cosine',
      lr_warmup_steps: null,
      lr_decay_steps: null,
      init_lr: null,
      max_lr: null,
      min_lr: null,
    });
    expect(parse(MINIMAL.replace('lr:', 'type: sgd\n  lr:')).recipe.optimizer).toEqual({
      type: 'sgd',
      lr: 1e-5,
      weight_decay: 0,
      momentum: 0,
      dampening: 0,
      nesterov: false,
    });
  });

  test('an object gives what its text gives', () => {
    const recipe: Recipe = {
      model: { pretrained_model_name_or_path: 'models/base' },
      dataset: { path_or_dataset_id: 'data/train.jsonl' },
      optimizer: { lr: 1e-5 },
    };
    expect(checkRecipe(recipe)).toEqual(parse(MINIMAL.replace('1e-5', '0.00001')));
    expect(refusal(() => checkRecipe({ ...recipe, optimizer: { lr: -1 } }))).toBe(
      'bad-recipe optimizer.lr must be at least 0',
    );
  });

  test("takes NeMo's keys of an adapter", () => {
    const { recipe, notes } = parse(
      `${MINIMAL}peft: {_target_: nemo_automodel.components._peft.lora.PeftConfig, ` +
        "target_modules: '*_proj', dim: 16, alpha: 32, use_triton: True}\n",
    );
    expect(recipe.peft).toEqual({
      type: 'lora',
      target_modules: '*_proj',
      dim: 16,
      alpha: 32,
      use_triton: true,
    });
    expect(notes.map(({ key }) => key)).toEqual(['peft.use_triton']);
    expect(parse(MINIMAL).recipe.peft).toBeNull();
  });

  test('a switch that cannot be off says so', () => {
    const { recipe, notes } = parse(`${MINIMAL}checkpoint: {save_consolidated: false}\n`);
    expect(recipe.checkpoint.save_consolidated).toBe(false);
    expect(notes).toEqual([
      {
        key: 'checkpoint.save_consolidated',
        because: expect.stringContaining(
          'every checkpoint is a complete Hugging Face folder',
        ) as string,
      },
    ]);
  });

  test.each(QUICKSTART)('%s is valid', (file) => {
    expect(Object.keys(parse(readFileSync(file, 'utf8')).recipe.validation_datasets)).toEqual([
      'default',
    ]);
  });
});

describe('values', () => {
  test.each([
    ['seed: "7"', 7],
    ['seed: 1_000', 1000],
    ['seed: 1e3', 1000],
  ])('%s', (text, expected) => {
    expect(parse(`${MINIMAL}${text}\n`).recipe.seed).toBe(expected);
  });

  test('text stays text where text is meant', () => {
    const { recipe } = parse(
      `${MINIMAL.replace('models/base', '"123"')}checkpoint: {checkpoint_dir: "none", ` +
        'restore_from: None, enabled: "False"}\n',
    );
    expect(recipe.model.pretrained_model_name_or_path).toBe('123');
    expect(recipe.checkpoint).toMatchObject({
      checkpoint_dir: 'none',
      restore_from: null,
      enabled: false,
    });
  });

  test('anchors and merge keys work', () => {
    const { recipe } = parse(
      `${MINIMAL.replace('dataset:', 'dataset: &data')}validation_dataset: ` +
        '*data\nvalidation_dataset_short: {<<: *data, seq_length: 8}\n',
    );
    expect(recipe.validation_datasets).toMatchObject({
      default: { path_or_dataset_id: 'data/train.jsonl' },
      short: { path_or_dataset_id: 'data/train.jsonl', seq_length: 8 },
    });
  });

  test('environment references are replaced, and stay references in print', () => {
    const text =
      `${MINIMAL.replace('models/base', '${oc.env:ROOT}/base')}checkpoint: {checkpoint_dir: ` +
      `"\${OUT,here}", best_metric_key: $FROM}\nseed: \${SEED}\n`;
    const { recipe, source } = parse(text, {
      environment: { ROOT: '/m', FROM: 'LATEST', SEED: '3' },
    });
    expect([
      recipe.model.pretrained_model_name_or_path,
      recipe.checkpoint.checkpoint_dir,
      recipe.checkpoint.best_metric_key,
      recipe.seed,
    ]).toEqual(['/m/base', 'here', 'LATEST', 3]);
    expect(source).toContain('${oc.env:ROOT}/base');
    expect(refusal(() => parse(text, { environment: { ROOT: '/m', FROM: 'x' } }))).toBe(
      'bad-recipe r.yaml:8:7: seed: the environment variable SEED is not set and has no default',
    );
  });

  test('chat templates are not searched for references', () => {
    const template = '{{ messages[0].content }} costs ${PRICE}';
    expect(
      parse(`${MINIMAL.replace('data/train.jsonl', `x\n  chat_template: "${template}"`)}`).recipe
        .dataset.chat_template,
    ).toBe(template);
  });
});
