// The recipe of `init` as a file for people: every section with a line on what it is for, and
// sections to add next as comments.
import { learningRate, type RecipeChoice } from './recipe-choice.js';

/** What was found, for the comments. */
export interface RecipeFacts {
  readonly modelType: string;
  readonly rows: string;
  readonly longest: number;
  readonly peak: string;
  /** Path of the schema from the recipe's folder; undefined: not installed there. */
  readonly schema: string | undefined;
  readonly file: string;
}

/** A text as a YAML scalar. */
const scalar = (text: string): string =>
  /^[A-Za-z./~][\w./~-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|~)$/i.test(text)
    ? text
    : JSON.stringify(text);

function count(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} billion`;
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)} million` : String(value);
}

function dataset(
  { data, columns, seqLength }: RecipeChoice,
  { rows, longest }: RecipeFacts,
): string[] {
  return [
    `dataset: # ${rows}, the longest ${longest} tokens`,
    `  path_or_dataset_id: ${scalar(data)}`,
    ...(columns === undefined
      ? []
      : [
          `  column_mapping: # which columns hold the question and the answer`,
          `    prompt: ${scalar(columns.prompt)}`,
          `    completion: ${scalar(columns.completion)}`,
        ]),
    ...(seqLength === undefined
      ? []
      : [
          `  seq_length: ${seqLength}`,
          '  overlong: truncate # longer rows are cut and counted; or: drop, split, error',
        ]),
  ];
}

function adapter({ method }: RecipeChoice): string[] {
  if (method === 'full')
    return [
      '# peft: {type: lora, dim: 16, alpha: 32} # would train a small adapter instead of all ' +
        'weights',
      '',
    ];
  return [
    'peft: # an adapter instead of all weights',
    '  type: lora',
    '  dim: 16 # rank: a higher one learns more and takes more memory',
    '  alpha: 32',
    '',
    ...(method === 'qlora'
      ? ['quantization: # the frozen weights are held in 4 bits', '  load_in_4bit: true', '']
      : []),
  ];
}

/** The file's text. */
export function recipeText(choice: RecipeChoice, facts: RecipeFacts): string {
  const { model, output, epochs, globalBatchSize, localBatchSize, parameters } = choice;
  return [
    ...(facts.schema === undefined ? [] : [`# yaml-language-server: $schema=${facts.schema}`]),
    `# Run: automodel finetune ${facts.file}. Relative paths start at the folder it is run in.`,
    `# On this machine the plan takes ${facts.peak} of memory; automodel plan ${facts.file} says ` +
      'what for.',
    '',
    `model: # ${facts.modelType}, ${count(parameters)} parameters`,
    `  pretrained_model_name_or_path: ${scalar(model)}`,
    '',
    ...dataset(choice, facts),
    '',
    '# validation_dataset: {path_or_dataset_id: validation.jsonl} # rows that are never trained ' +
      'on: the loss on them shows whether it learns or memorises',
    '',
    ...adapter(choice),
    'step_scheduler:',
    `  global_batch_size: ${globalBatchSize} # rows per step`,
    `  local_batch_size: ${localBatchSize} # rows in memory at once; lower it if memory is ` +
      'short',
    `  num_epochs: ${epochs} # passes over the data`,
    '  ckpt_every_steps: 200',
    '',
    'optimizer:',
    '  type: adamw',
    `  lr: ${learningRate(choice).toExponential(1)} # the first setting to try other values of`,
    '',
    'lr_scheduler:',
    '  lr_decay_style: cosine',
    '',
    'checkpoint:',
    `  checkpoint_dir: ${scalar(output)} # the result, and checkpoints on the way`,
    '  max_recent_checkpoints: 2',
    '',
  ].join('\n');
}
