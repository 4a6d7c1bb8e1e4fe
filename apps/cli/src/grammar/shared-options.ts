// The options that several commands share, each written once.
import type { DEFAULT_BACKEND } from '@automodel/recipe';
import {
  choice,
  flag,
  negation,
  type OptionsOf,
  requiredText,
  text,
  textOr,
  texts,
  value,
  valueOr,
} from './option.js';
import { columnPair, number, wholeNumber } from './option-values.js';

/** Every command has these. */
export const commonOptions = {
  json: flag('--json', 'print the result as JSON'),
  debug: flag('--debug', 'show stack traces'),
  plugin: texts('--plugin <path>', 'load a plugin from a file (repeatable)'),
};
export type CommonOptions = OptionsOf<typeof commonOptions>;

/** That of recipes, which are not loaded to show help. */
const BACKEND: typeof DEFAULT_BACKEND = 'cpu';

export const backendOptions = {
  backend: textOr('--backend <name>', 'backend to compute on', BACKEND),
  threads: value('--threads <n>', 'CPU threads (default: one per core)', wholeNumber(1)),
};

/** For commands that several processes can share. */
export const ranksOption = {
  nprocPerNode: value(
    '--nproc-per-node <n>',
    'processes to start on this machine, which share the work (default: 1, or as a launcher says)',
    wholeNumber(1),
  ),
};

/** The same for those without a recipe. */
export const sharingOptions = {
  ...ranksOption,
  strategy: choice(
    '--distributed.strategy <name>',
    'how several processes share the model (default: fsdp2)',
    ['ddp', 'fsdp2'],
  ),
};

export const graphOption = {
  graph: text(
    '--graph <file>',
    'run a recorded forward pass (graph.json) instead of a model package',
  ),
};

export const adapterOption = {
  adapter: text('--adapter <dir>', 'PEFT adapter on top of the model: folder or hub id'),
};

export const columnsOption = {
  columns: value(
    '--columns <question,answer>',
    'columns of the data that hold question and answer, if their names do not say so',
    columnPair,
  ),
};

export const forceOption = {
  force: flag('--force', 'replace an output that exists, once the new one is complete'),
};

export const fusionOption = {
  fuse: negation(
    '--no-fuse',
    'leave the structure of recorded graphs and chains of elementwise operations as they are',
  ),
};

/** For commands that train. */
export const profileOptions = {
  profile: text(
    '--profile <file>',
    'measure the kernels of some steps: write a trace for chrome://tracing or Perfetto, and say ' +
      'where the time goes',
  ),
  profileWarmup: value(
    '--profile-warmup <n>',
    'first steps that are not measured (default: 1)',
    wholeNumber(0),
  ),
  profileActive: value(
    '--profile-active <n>',
    'steps that are measured after them (default: 3)',
    wholeNumber(1),
  ),
  force: flag('--force', 'replace the file of --profile if it exists'),
};

/** How a training step computes. */
export const PRECISIONS = ['f32', 'bf16', 'bf16_pure'] as const;

export const dtypeOption = {
  dtype: choice('--dtype <dtype>', 'how to compute (default: as the weights are stored)', [
    'f32',
    'bf16',
  ]),
};

const MODEL = ['--model <folder>', 'model folder or hub id'] as const;
const DATA = [
  '--data <file>',
  'examples: JSON lines, CSV, Parquet, text; file, folder or hub id',
] as const;

export const modelOption = { model: requiredText(...MODEL) };
export const dataOption = { data: requiredText(...DATA) };
/** Where a recipe or a question may give them instead. */
export const optionalModelAndData = { model: text(...MODEL), data: text(...DATA) };

/** For commands that open a model, with an adapter on top of it. */
export const openingOptions = { ...backendOptions, ...graphOption, ...adapterOption };

/** Keys that may replace a recipe. */
export const recipeOptions = {
  ...optionalModelAndData,
  output: text('--output <folder>', 'where the fine-tuned model goes'),
};

const samplingOptions = {
  maxNewTokens: valueOr(
    '--max-new-tokens <n>',
    'maximum number of tokens to generate',
    wholeNumber(0),
    256,
  ),
  temperature: valueOr('--temperature <t>', '0: always the most likely token', number(0), 0),
  topP: valueOr(
    '--top-p <p>',
    'sample from the most likely tokens that together have this probability',
    number(0, 1),
    1,
  ),
  topK: valueOr(
    '--top-k <k>',
    'sample from the k most likely tokens; 0: from all',
    wholeNumber(0),
    0,
  ),
  seed: valueOr('--seed <n>', 'seed for sampling', wholeNumber(0), 0),
};

/** For commands that generate text. */
export const generationOptions = { ...openingOptions, ...samplingOptions, ...modelOption };
