// Recipes: keys, values and what does not go together.
import { testBroken, type BrokenCase } from './support/broken-case.js';
import { DATASET } from './support/dataset-case.js';

/** Lines at the end of the recipe. */
const lines = (name: string, added: string, says: RegExp): BrokenCase => ({
  name,
  says,
  breaks: (at) => at.recipe(added),
});

/** A line of the recipe in place of another. */
const instead = (name: string, from: string, to: string, says: RegExp): BrokenCase => ({
  name,
  says,
  breaks: (at) => at.recipe(to, from),
});

const LR = '  lr: 1.0e-3';

testBroken('keys', [
  lines(
    'have an unknown section',
    'optimiser:\n  lr: 1',
    /^recipe\.yaml:\d+:1: optimiser: unknown key; did you mean optimizer\?/,
  ),
  instead('are unknown in the optimizer', LR, '  learning_rate: 1.0e-3', /^recipe\.yaml:\d+:\d+: /),
  instead(
    'are misspelt in the scheduler of steps',
    '  max_steps: 2',
    '  max_step: 2',
    /^recipe\.yaml:\d+:3: step_scheduler\.max_step: unknown key; did you mean max_steps\?/,
  ),
  instead(
    'are misspelt in the data set',
    DATASET,
    `${DATASET}\n  colum_mapping: {prompt: a}`,
    /dataset\.colum_mapping: unknown key; did you mean column_mapping\?/,
  ),
  instead(
    'are misspelt two levels down',
    DATASET,
    `${DATASET}\n  column_mapping: {promt: a}`,
    /dataset\.column_mapping\.promt: unknown key; did you mean prompt\?/,
  ),
  instead(
    'have the number as a text',
    LR,
    '  lr: "fast"',
    /^recipe\.yaml:\d+:7: optimizer\.lr: expected a number, got the text "fast"/,
  ),
  instead(
    'have a section in place of a number',
    LR,
    '  lr: {value: 1}',
    /optimizer\.lr: expected a number, got a section of keys/,
  ),
  instead('have a negative rate', LR, '  lr: -1.0e-3', /optimizer\.lr must be at least 0/),
  instead('have a rate that is no number', LR, '  lr: .nan', /optimizer\.lr: /),
  instead('have a rate without end', LR, '  lr: .inf', /optimizer\.lr: /),
  instead('have nothing after a section', `optimizer:\n${LR}`, 'optimizer:', /optimizer/),
  instead(
    'have a batch of 0',
    '  local_batch_size: 2',
    '  local_batch_size: 0',
    /step_scheduler\.local_batch_size must be (above 0|at least 1)/,
  ),
  instead(
    'have a batch with a fraction',
    '  local_batch_size: 2',
    '  local_batch_size: 1.5',
    /step_scheduler\.local_batch_size: expected a whole number/,
  ),
  instead(
    'have batches that do not divide',
    '  local_batch_size: 2',
    '  local_batch_size: 3',
    /global_batch_size.*(4|multiple).*3|local_batch_size/,
  ),
  instead(
    'have a negative number of steps',
    '  max_steps: 2',
    '  max_steps: -2',
    /step_scheduler\.max_steps must be/,
  ),
  instead(
    'have no model',
    'model:\n  pretrained_model_name_or_path: model\n',
    '',
    /model(\.pretrained_model_name_or_path)? is missing/,
  ),
  instead(
    'have no data set',
    'dataset:\n  path_or_dataset_id: rows.jsonl\n',
    '',
    /dataset is missing/,
  ),
  instead(
    'have an unknown optimizer',
    LR,
    `${LR}\n  type: adamx`,
    /^recipe\.yaml:\d+:9: optimizer\.type: unknown optimizer type "adamx"; did you mean adamw\?/,
  ),
  instead(
    'have a Python class that is not known',
    LR,
    `${LR}\n  _target_: torch.optim.Muon`,
    /optimizer.*torch\.optim\.Muon/,
  ),
  instead(
    'have settings of another optimizer',
    LR,
    `${LR}\n  momentum: 0.9`,
    /optimizer\.momentum does not belong to optimizer type adamw/,
  ),
  instead(
    'have a beta of 1',
    LR,
    `${LR}\n  betas: [0.9, 1.0]`,
    /optimizer\.betas\.1 must be below 1/,
  ),
  instead('have three betas', LR, `${LR}\n  betas: [0.9, 0.9, 0.9]`, /optimizer\.betas/),
  instead(
    'have one setting by two names',
    DATASET,
    `${DATASET}\n  seq_length: 64\n  max_length: 64`,
    /dataset\.max_length is the same setting as seq_length/,
  ),
  instead(
    'have a variable that is not set',
    DATASET,
    '  path_or_dataset_id: ${DATA_THAT_IS_NOT_SET}',
    /dataset\.path_or_dataset_id: the environment variable DATA_THAT_IS_NOT_SET is not set/,
  ),
  instead(
    'have half precision',
    '  pretrained_model_name_or_path: model',
    '  pretrained_model_name_or_path: model\n  torch_dtype: float16',
    /float16 is not supported for training: use bf16 or float32/,
  ),
  lines(
    'have a schedule that decays above its start',
    'lr_scheduler:\n  max_lr: 1.0e-4\n  min_lr: 1.0e-3',
    /lr_scheduler\.min_lr: 0\.001 is above max_lr 0\.0001/,
  ),
  lines(
    'have a warm-up longer than the decay',
    'lr_scheduler:\n  lr_warmup_steps: 10\n  lr_decay_steps: 5',
    /lr_scheduler\.lr_warmup_steps: 10 must be below lr_decay_steps 5/,
  ),
  lines(
    'have an unknown decay',
    'lr_scheduler:\n  lr_decay_style: cosinus',
    /lr_decay_style: .*did you mean cosine\?/,
  ),
  lines(
    'have a seed that is a text',
    'seed: lucky',
    /^recipe\.yaml:\d+:7: seed: expected a whole number, got the text "lucky"/,
  ),
  lines(
    'have a norm of 0',
    'clip_grad_norm:\n  max_norm: 0',
    /clip_grad_norm\.max_norm must be above 0/,
  ),
  lines('have an unknown precision', 'precision: fp4', /precision: .*fp4.*is not one of/),
  lines('ask for tensor parallelism', 'distributed:\n  tp_size: 2', /distributed\.tp_size/),
  lines('ask for a pipeline', 'distributed:\n  pp_size: 4', /distributed\.pp_size/),
  lines(
    'adapt modules that are not there',
    'peft:\n  type: lora\n  target_modules: "*_projection"',
    /target_modules.*\*_projection/,
  ),
  lines('adapt with a rank of 0', 'peft:\n  type: lora\n  dim: 0', /peft\.dim must be/),
  lines('adapt in a way that is not known', 'peft:\n  type: ia3', /peft\.type/),
  lines('quantise without an adapter', 'quantization:\n  load_in_4bit: true', /quantization/),
  instead(
    'resume from what is not there',
    '  checkpoint_dir: out',
    '  checkpoint_dir: out\n  restore_from: nowhere',
    /nowhere/,
  ),
  lines(
    'pack into too little',
    'packed_sequence:\n  packed_sequence_size: 4',
    /(rows\.jsonl:1|packed_sequence).*/,
  ),
  lines('export to a tool that is not known', 'export:\n  to: onnx2', /export.*onnx2/),
  lines('export as a type that is not known', 'export:\n  to: gguf\n  type: q99', /q99/),
  lines(
    'validate on data that is not there',
    'validation_dataset:\n  path_or_dataset_id: ./held-out.jsonl',
    /held-out\.jsonl/,
  ),
  lines('name a backend that is not there', 'loss_fn:\n  type: mse', /loss_fn\.type/),
  instead(
    'compute on a backend that is not there',
    'backend:\n  threads: 1',
    'backend:\n  threads: 1\n  type: tpu',
    /backend.*tpu/,
  ),
  instead(
    'compute on no threads',
    'backend:\n  threads: 1',
    'backend:\n  threads: 0',
    /backend\.threads must be/,
  ),
  instead(
    'compute on a million threads',
    'backend:\n  threads: 1',
    'backend:\n  threads: 1000000',
    /backend\.threads|threads/,
  ),
]);
