// The recipe of `init` as a file for people: every section with a line on what it is for, and
// sections to add next as comments.
import { learningRate } from './learning-rate.js';
import { dataSectionsOf, type RecipeChoice } from './recipe-choice.js';

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

type Section = Readonly<Record<string, unknown>>;

/** What the keys of data sections are for. */
const REMARKS: Readonly<Record<string, string>> = {
  column_mapping: 'which columns hold the question and the answer',
  overlong: 'longer rows are cut and counted; or: drop, split, error',
  'overlong split': 'longer documents become several samples; or: truncate, drop, error',
  shuffle_seed: 'rows in a random order that is the same each time',
  packed_sequence_size: 'short documents share a pack and do not see each other',
  metrics: 'also: exact_match, accuracy, f1, rouge_l, numeric, ./my-metric.mjs',
};

/** A value that fits on the line of its key. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  return typeof value === 'string' ? scalar(value) : String(value);
}

/** The lines of a section's keys. `remarked`: with what they are for. */
function keys(section: Section, remarked: boolean, indent = '  '): string[] {
  return Object.entries(section).flatMap(([key, value]) => {
    const text = REMARKS[`${key} ${String(value)}`] ?? REMARKS[key];
    const remark = remarked && text !== undefined ? ` # ${text}` : '';
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? [`${indent}${key}:${remark}`, ...keys(value as Section, false, `${indent}  `)]
      : [`${indent}${key}: ${inline(value)}${remark}`];
  });
}

/** What each data section is, after its name. */
const headings = (
  { heldOut, splits }: RecipeChoice,
  { rows, longest }: RecipeFacts,
): Readonly<Record<string, string>> => ({
  dataset:
    `${rows}, the longest ${longest} tokens` +
    (heldOut === 0 || splits?.heldOut !== undefined ? '' : `; all but ${heldOut} are trained`),
  validation_dataset:
    `${splits?.heldOut === undefined ? `${heldOut} rows` : 'rows'} that are never trained on: ` +
    'the loss on them shows whether it learns or memorises',
  packed_sequence: 'plain text: documents one after the other',
  evaluation: 'held-out rows are answered before and after training',
});

function dataSections(choice: RecipeChoice, facts: RecipeFacts): string[] {
  const says = headings(choice, facts);
  const sections = Object.entries(dataSectionsOf(choice)).flatMap(([name, section]) => [
    `${name}: # ${says[name] ?? ''}`,
    ...keys({ ...section }, name !== 'validation_dataset'),
    '',
  ]);
  return choice.heldOut > 0
    ? sections
    : [
        ...sections,
        '# validation_dataset: {path_or_dataset_id: validation.jsonl} # rows that are never ' +
          'trained on: the loss on them shows whether it learns or memorises',
        '',
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
  const { model, output, epochs, globalBatchSize, localBatchSize, parameters, text } = choice;
  const unit = text === undefined ? 'rows' : 'packs';
  return [
    ...(facts.schema === undefined ? [] : [`# yaml-language-server: $schema=${facts.schema}`]),
    `# Run: automodel finetune ${facts.file}. Relative paths start at the folder it is run in.`,
    `# On this machine the plan takes ${facts.peak} of memory; automodel plan ${facts.file} says ` +
      'what for.',
    '',
    `model: # ${facts.modelType}, ${count(parameters)} parameters`,
    `  pretrained_model_name_or_path: ${scalar(model)}`,
    '',
    ...dataSections(choice, facts),
    ...adapter(choice),
    'step_scheduler:',
    `  global_batch_size: ${globalBatchSize} # ${unit} per step`,
    `  local_batch_size: ${localBatchSize} # ${unit} in memory at once; lower it if memory is ` +
      'short',
    `  num_epochs: ${epochs} # passes over the data`,
    '  ckpt_every_steps: 200',
    '',
    'optimizer:',
    '  type: adamw',
    `  lr: ${learningRate(choice).toExponential(1)} # usual for this method and size; the first ` +
      'setting to try other values of',
    '',
    'lr_scheduler:',
    '  lr_decay_style: cosine',
    '',
    'checkpoint:',
    `  checkpoint_dir: ${scalar(output)} # the result, and checkpoints on the way`,
    '  max_recent_checkpoints: 2',
    ...(choice.heldOut === 0
      ? []
      : ['  load_best_at_end: true # the result is the step with the lowest validation loss']),
    '',
  ].join('\n');
}
