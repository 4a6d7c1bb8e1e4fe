// A recipe written for NeMo.
import { describe, expect, test } from 'vitest';
import { parse, refusal } from './support.js';

const SCHEDULER = 'global_batch_size: 64, local_batch_size: 8, num_epochs: none, max_steps: 20';
const DATASET =
  'nemo_automodel.components.datasets.llm.' +
  'column_mapped_text_instruction_dataset.ColumnMappedTextInstructionDataset';

describe('a recipe written for NeMo', () => {
  const NEMO = `recipe:
  _target_: nemo_automodel.recipes.llm.train_ft.TrainFinetuneRecipeForNextTokenPrediction
step_scheduler: {${SCHEDULER}, gc_every_steps: 10}
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
  _target_: ${DATASET}
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
      'rng.seed',
      'rng.ranked',
      'model.attn_implementation',
      'distributed.sequence_parallel',
      'dataloader.collate_fn',
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

  test('settings that only GPUs or tensor parallelism need have no effect', () => {
    const keys = {
      tp_plan: '{}',
      autocast_dtype: 'bfloat16',
      patch_is_packed_sequence: 'true',
      backend: 'nccl',
      fsdp2_forward_prefetch_depth: '1',
      fsdp2_backward_prefetch_depth: '2',
    };
    const section = Object.entries(keys).map(([key, value]) => `${key}: ${value}`);
    const { notes } = parse(NEMO.replace('tp_size: 1', section.join(', ')));
    expect(notes.map(({ key }) => key)).toEqual(
      expect.arrayContaining(Object.keys(keys).map((key) => `distributed.${key}`)),
    );
  });

  test.each([
    ['fsdp2.FSDP2Manager', undefined],
    ['ddp.DDPManager', 'ddp'],
  ])('%s is a strategy', (name, strategy) => {
    const manager = `_target_: nemo_automodel.components.distributed.${name}`;
    expect(parse(NEMO.replace('strategy: fsdp2', manager)).recipe.distributed.strategy).toBe(
      strategy,
    );
  });

  test.each([
    [
      'strategy: fsdp2,',
      '_target_: nemo_automodel.components.distributed.megatron_fsdp.MegatronFSDPManager,',
      'r.yaml:11:25: distributed._target_: MegatronFSDPManager is not supported: use fsdp2',
    ],
    [
      'strategy: fsdp2, dp_size: none',
      'strategy: megatron_fsdp',
      'r.yaml:11:25: distributed.strategy: megatron_fsdp is not supported: use fsdp2',
    ],
    [
      'tp_size: 1',
      'tp_size: 8',
      'r.yaml:11:56: distributed.tp_size: 8 is not supported: tensor parallelism is not ' +
        'available yet',
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
