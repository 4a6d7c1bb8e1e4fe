import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkRecipe, type Recipe } from '../src/index.js';
import { MINIMAL, parse, refusal } from './support.js';

const QUICKSTART = ['finetune', 'lora', 'pretrain'].map((name) =>
  fileURLToPath(new URL(`../../../examples/quickstart/${name}.yaml`, import.meta.url)),
);

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
      distributed: { strategy: 'none', activation_checkpointing: false },
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

describe('a recipe written for NeMo', () => {
  const NEMO = `recipe:
  _target_: nemo_automodel.recipes.llm.train_ft.TrainFinetuneRecipeForNextTokenPrediction
step_scheduler: {global_batch_size: 64, local_batch_size: 8, num_epochs: none, max_steps: 20, gc_every_steps: 10}
dist_env: {backend: nccl, timeout_minutes: 1}
rng: {_target_: nemo_automodel.components.training.rng.StatefulRNG, seed: 1111, ranked: true}
model:
  _target_: nemo_automodel.NeMoAutoModelForCausalLM.from_pretrained
  pretrained_model_name_or_path: meta-llama/Llama-3.2-1B
  torch_dtype: torch.bfloat16
  attn_implementation: sdpa
distributed: {strategy: fsdp2, dp_size: none, tp_size: 1, cp_size: 1, sequence_parallel: false}
loss_fn: {_target_: nemo_automodel.components.loss.masked_ce.MaskedCrossEntropy}
dataset:
  _target_: nemo_automodel.components.datasets.llm.column_mapped_text_instruction_dataset.ColumnMappedTextInstructionDataset
  path_or_dataset_id: ./train.jsonl
  column_mapping: {question: prompt, answer: completion}
  seq_length: 832
  truncation: longest_first
dataloader:
  _target_: torchdata.stateful_dataloader.StatefulDataLoader
  collate_fn: nemo_automodel.components.datasets.utils.default_collater
  shuffle: True
validation_dataset: none
optimizer: {_target_: torch.optim.Adam, betas: [0.9, 0.999], eps: 1e-8, lr: 1.0e-5, weight_decay: 0}
fp8: {enabled: false}
`;

  test('runs unchanged, and says what has no effect', () => {
    const { recipe, notes } = parse(NEMO);
    expect(recipe.model).toEqual({
      type: 'causal_lm',
      pretrained_model_name_or_path: 'meta-llama/Llama-3.2-1B',
      torch_dtype: 'bf16',
      attn_implementation: 'sdpa',
    });
    expect(recipe.optimizer).toEqual({
      type: 'adam',
      lr: 1e-5,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weight_decay: 0,
    });
    expect(recipe.dataset).toMatchObject({
      type: 'column_mapped',
      seq_length: 832,
      overlong: 'truncate',
      column_mapping: { question: 'prompt', answer: 'completion' },
    });
    expect(recipe.step_scheduler).toMatchObject({ num_epochs: null, max_steps: 20 });
    expect(recipe.validation_datasets).toEqual({});
    expect(notes.map(({ key }) => key)).toEqual([
      'fp8',
      'step_scheduler.gc_every_steps',
      'dist_env.backend',
      'dist_env.timeout_minutes',
      'rng.seed',
      'rng.ranked',
      'model.attn_implementation',
      'distributed.sequence_parallel',
      'dataloader.collate_fn',
      'distributed.strategy',
      'model.torch_dtype',
    ]);
    expect(notes.find(({ key }) => key === 'rng.seed')?.because).toContain('top-level key seed');
  });

  test(
    'sections that are only referred to, and settings of parallel parts that are off, have no ' +
      'effect',
    () => {
      const { notes } = parse(
        `${NEMO}_template: &template "x"\nprewarm: {comm_groups: true}\n`.replace(
          'dp_size: none',
          'dp_size: none, moe: {reshard: false}, pipeline: {pp_schedule: 1f1b}',
        ),
      );
      expect(notes.map(({ key }) => key)).toEqual(
        expect.arrayContaining(['_template', 'prewarm', 'distributed.moe', 'distributed.pipeline']),
      );
    },
  );

  test.each([
    [
      'strategy: fsdp2, dp_size: none',
      'strategy: megatron_fsdp',
      'r.yaml:11:25: distributed.strategy: megatron_fsdp is not supported: leave strategy out to ' +
        'train in one process',
    ],
    [
      'dp_size: none',
      'dp_size: 8',
      'r.yaml:11:41: distributed.dp_size: 8 is not supported: data parallelism over several ' +
        'processes is not available',
    ],
    [
      'torch.optim.Adam',
      'dion.Muon',
      'r.yaml:24:23: optimizer._target_: Muon is not supported: use adamw or sgd',
    ],
    [
      'NeMoAutoModelForCausalLM.',
      'NeMoAutoModelForImageTextToText.',
      'r.yaml:7:13: model._target_: NeMoAutoModelForImageTextToText.from_pretrained is not ' +
        'supported: only causal language models',
    ],
    [
      'default_collater',
      'prefix_tree.prefix_tree_collate',
      'bad-recipe r.yaml:21:15: dataloader.collate_fn: unknown collate type',
    ],
    [
      '{enabled: false}',
      '{enabled: true}',
      'r.yaml:25:1: fp8 is not supported: FP8 is not available; use precision bf16',
    ],
    [
      'torch.bfloat16',
      'float16',
      'r.yaml:9:16: model.torch_dtype: float16 is not supported for training: use bf16 or float32',
    ],
    [
      'fp8: {enabled: false}',
      'quantization: {load_in_4bit: true, bnb_4bit_quant_type: fp4}',
      'r.yaml:25:57: quantization.bnb_4bit_quant_type: "fp4" is not supported: use nf4',
    ],
    [
      'fp8: {enabled: false}',
      'quantization: {load_in_4bit: true, load_in_8bit: true}',
      'bad-recipe r.yaml:25:50: quantization.load_in_8bit: cannot be set beside load_in_4bit',
    ],
    [
      'MaskedCrossEntropy}',
      'MaskedCrossEntropy, ignore_index: 0}',
      'r.yaml:12:96: loss_fn.ignore_index: 0 is not supported: labels that are not trained are ' +
        '-100',
    ],
  ])('is refused by name when %s becomes %s', (from, to, message) => {
    const text = NEMO.replace(from, to);
    expect(text).not.toBe(NEMO);
    expect(refusal(() => parse(text))).toContain(
      message.startsWith('bad-recipe') ? message : `unsupported ${message}`,
    );
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
