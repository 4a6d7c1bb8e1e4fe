// dataset, validation_dataset and validation_dataset_<name>: files of examples, or several such
// sections mixed by weight. A row holds chat messages, a prompt and a completion, or plain text;
// the columns decide unless the type does.
import { z } from 'zod';
import { count, named } from '../field-types.js';
import { KEYS } from './dataset-keys.js';

/** What can be read: our types, and those that NeMo's data sets are known by. */
export const DATASET_TYPES = [
  'jsonl',
  'chat',
  'column_mapped',
  'alpaca',
  'text',
  'squad',
  'hellaswag',
  'xlam',
] as const;

/** Several data sets as one. */
const MIXED = 'mixed';

/** NeMo's second data set of mapped columns: the first, streamed. */
const STREAMED_COLUMNS = 'column_mapped_iterable';

type DatasetType = (typeof DATASET_TYPES)[number];

/** Keys that say something of a mixture as a whole; a run has one tokenizer and one template. */
const OF_MIXTURES = ['tokenizer', 'chat_template', 'streaming', 'shuffle_buffer_size'] as const;

/** Keys that a mixture sets for those of its data sets that do not set them. */
const INHERITED = [
  'seq_length',
  'overlong',
  'mask_history',
  'mask_reasoning_content',
  'answer_only_loss_mask',
  'cache',
] as const;

/** Keys that say something for some types only; for the others they would be without effect. */
const KEYS_OF_TYPES: readonly (readonly [
  keys: readonly string[],
  types: readonly DatasetType[],
])[] = [
  [['column_mapping'], ['jsonl', 'chat', 'column_mapped', 'alpaca', 'text', 'squad']],
  [['use_hf_chat_template'], ['jsonl', 'column_mapped', 'alpaca', 'squad']],
  [
    ['mask_history', 'mask_reasoning_content'],
    ['jsonl', 'chat', 'column_mapped', 'alpaca', 'squad', 'xlam'],
  ],
  [['append_eos'], ['jsonl', 'column_mapped', 'alpaca', 'text', 'squad', 'hellaswag']],
];

/** Two names for one setting; the first is ours. */
const PAIRS = [
  ['path_or_dataset_id', 'path_or_dataset'],
  ['path_or_dataset_id', 'dataset_name'],
  ['seq_length', 'max_length'],
  ['limit_dataset_samples', 'num_samples_limit'],
  ['overlong', 'truncation'],
  ['mask_history', 'train_on_last_turn_only'],
] as const;

type Section = z.output<z.ZodObject<typeof KEYS>> & {
  readonly type: DatasetType | typeof STREAMED_COLUMNS;
};
type Problem = (key: string, message: string) => void;

/** What one data set says that does not go together. */
function checkSection(section: Section, problem: Problem): void {
  const streaming = section.streaming === true || section.type === STREAMED_COLUMNS;
  const type = section.type === STREAMED_COLUMNS ? 'column_mapped' : section.type;
  checkNames(section, problem);
  if (
    !['path_or_dataset_id', 'path_or_dataset', 'dataset_name'].some((key) => isGiven(section, key))
  )
    problem('path_or_dataset_id', 'is missing');
  if (
    type === 'column_mapped' &&
    section.column_mapping?.answer === undefined &&
    section.column_mapping?.completion === undefined
  ) {
    problem('column_mapping', 'must name the answer column for dataset type column_mapped');
  }
  if (type === 'chat' && section.use_hf_chat_template === false)
    problem(
      'use_hf_chat_template',
      'must be true for dataset type chat: only a chat template can write messages',
    );
  if (streaming) {
    for (const key of ['limit_dataset_samples', 'num_samples_limit', 'shuffle_seed'])
      if (isGiven(section, key))
        problem(key, 'cannot be used with streaming, which reads all rows in order');
    if (section.split?.includes('[') === true)
      problem('split', 'cannot be a slice with streaming, which reads all rows in order');
  } else if (isGiven(section, 'shuffle_buffer_size'))
    problem(
      'shuffle_buffer_size',
      'is for streaming: true; otherwise all rows are shuffled together',
    );
  for (const [keys, types] of KEYS_OF_TYPES) {
    for (const key of keys) {
      const value = (section as Record<string, unknown>)[key];
      if (
        value !== undefined &&
        value !== false &&
        !types.includes(type) &&
        !(key === 'use_hf_chat_template' && ['chat', 'xlam'].includes(type))
      )
        problem(key, `says nothing for dataset type ${type}; it is for ${types.join(', ')}`);
    }
  }
}

function checkNames(section: object, problem: Problem): void {
  for (const [name, other] of PAIRS)
    if (isGiven(section, name) && isGiven(section, other))
      problem(other, `is the same setting as ${name}; give one of them`);
  if (isGiven(section, 'path_or_dataset') && isGiven(section, 'dataset_name'))
    problem('dataset_name', 'is the same setting as path_or_dataset; give one of them');
}

const isGiven = (section: object, key: string): boolean =>
  ((section as Record<string, unknown>)[key] ?? null) !== null;

/** A section under our names only, with defaults. */
function completed<T extends DatasetType | typeof MIXED>(
  type: T,
  section: Omit<Section, 'type'>,
  inherited: Partial<Omit<Section, 'type'>> = {},
): Completed & { readonly type: T } {
  const {
    max_length,
    num_samples_limit,
    truncation,
    path_or_dataset,
    dataset_name,
    train_on_last_turn_only,
    cache,
    streaming,
    ...own
  } = section;
  const cut = isGiven(section, 'truncation')
    ? truncation === false || truncation === 'do_not_truncate'
      ? ('error' as const)
      : ('truncate' as const)
    : undefined;
  return {
    ...own,
    type,
    cache: cache ?? inherited.cache ?? true,
    streaming: streaming ?? false,
    path_or_dataset_id: own.path_or_dataset_id ?? path_or_dataset ?? dataset_name ?? '',
    seq_length: own.seq_length ?? max_length ?? inherited.seq_length ?? null,
    limit_dataset_samples: own.limit_dataset_samples ?? num_samples_limit ?? null,
    answer_only_loss_mask: own.answer_only_loss_mask ?? inherited.answer_only_loss_mask ?? true,
    mask_history: own.mask_history ?? train_on_last_turn_only ?? inherited.mask_history ?? false,
    mask_reasoning_content: own.mask_reasoning_content ?? inherited.mask_reasoning_content ?? false,
    overlong: own.overlong ?? cut ?? inherited.overlong ?? 'error',
  };
}

type Aliases =
  | 'max_length'
  | 'num_samples_limit'
  | 'truncation'
  | 'path_or_dataset'
  | 'dataset_name'
  | 'train_on_last_turn_only';
type Filled =
  | 'cache'
  | 'streaming'
  | 'path_or_dataset_id'
  | 'seq_length'
  | 'limit_dataset_samples'
  | 'answer_only_loss_mask'
  | 'mask_history'
  | 'mask_reasoning_content'
  | 'overlong';
type Keys = Omit<Section, 'type' | Aliases>;
type Completed = Omit<Keys, Filled> & { readonly [Name in Filled]: Exclude<Keys[Name], undefined> };

/** One data set: what its rows are read from and how. */
export type ResolvedSection = Completed & { readonly type: DatasetType };

/** Data sets by weight. Of the other keys only those of the whole mixture say something. */
export interface ResolvedMixture extends Completed {
  readonly type: typeof MIXED;
  readonly streaming: false;
  readonly datasets: readonly (ResolvedSection & { readonly weight: number })[];
  readonly stopping_strategy: 'first_exhausted' | 'all_exhausted';
  /** Null: the recipe's. */
  readonly seed: number | null;
}

const memberSchema = named(
  'dataset',
  z.strictObject({
    weight: z
      .number()
      .positive()
      .default(1)
      .describe('Share of the mixture, relative to the other weights.'),
    type: z.enum(DATASET_TYPES).default('jsonl').describe('How its rows are read, as in dataset.'),
    ...KEYS,
  }),
).superRefine((section, context) => {
  const problem: Problem = (key, message) =>
    context.addIssue({ code: 'custom', path: [key], message });
  for (const key of OF_MIXTURES)
    if (isGiven(section, key))
      problem(key, 'belongs to the mixture as a whole; set it beside datasets');
  checkSection(section, problem);
});

/** Accepted everywhere, and of no effect. */
const WITHOUT_EFFECT = ['unshifted', 'fp8', 'pad_to_max_length', 'padding'];

/** Keys that may stand beside `datasets`. */
const OUTSIDE: ReadonlySet<string> = new Set([
  ...OF_MIXTURES,
  ...INHERITED,
  'max_length',
  'truncation',
  'train_on_last_turn_only',
  ...WITHOUT_EFFECT,
]);

const MIXTURE_KEYS = ['datasets', 'stopping_strategy', 'seed'] as const;

export const datasetSchema = named(
  'dataset',
  z.strictObject({
    type: z
      .enum([...DATASET_TYPES, STREAMED_COLUMNS, MIXED])
      .default('jsonl')
      .describe(
        'jsonl: the columns of each row decide; chat: messages or ShareGPT conversations; ' +
          'column_mapped: columns named by column_mapping (column_mapped_iterable: with ' +
          'streaming: ' +
          'true); alpaca: instruction, input, output; text: plain text; squad, hellaswag, xlam: ' +
          'rows of these data sets, as NeMo writes them; mixed: several data sets by weight.',
      ),
    datasets: z
      .array(memberSchema)
      .min(2)
      .optional()
      .describe('Type mixed: the data sets, each with weight and the keys of a data set.'),
    stopping_strategy: z
      .enum(['first_exhausted', 'all_exhausted'])
      .optional()
      .describe(
        'Type mixed: an epoch ends when the first data set is used up, or when all are; those ' +
          'used up before begin anew. Absent: first_exhausted.',
      ),
    seed: z
      .nullable(count())
      .optional()
      .describe(
        "Type mixed: decides from which data set each sample comes. Absent: the recipe's seed.",
      ),
    ...KEYS,
  }),
)
  .superRefine((section, context) => {
    const problem: Problem = (key, message) =>
      context.addIssue({ code: 'custom', path: [key], message });
    const { type } = section;
    if (type !== MIXED) {
      for (const key of MIXTURE_KEYS)
        if (isGiven(section, key)) problem(key, `is for dataset type ${MIXED}`);
      checkSection({ ...section, type }, problem);
      return;
    }
    checkNames(section, problem);
    if (section.datasets === undefined) problem('datasets', 'is missing: the data sets to mix');
    if (section.streaming === true)
      problem(
        'streaming',
        'cannot be used with dataset type mixed, which draws from whole data sets; mix the rows ' +
          'in one file instead, or leave streaming out',
      );
    for (const key of Object.keys(KEYS))
      if (isGiven(section, key) && !OUTSIDE.has(key))
        problem(key, 'belongs to a single data set; set it in each of datasets');
  })
  .transform(
    ({
      datasets = [],
      stopping_strategy = 'first_exhausted',
      seed = null,
      type,
      ...section
    }): ResolvedSection | ResolvedMixture => {
      if (type === STREAMED_COLUMNS)
        return { ...completed('column_mapped', section), streaming: true };
      if (type !== MIXED) return completed(type, section);
      const whole = completed(type, section);
      return {
        ...whole,
        streaming: false,
        datasets: datasets.map(({ weight, type: own, ...member }) => ({
          ...completed(own, member, whole),
          weight,
        })),
        stopping_strategy,
        seed,
      };
    },
  );
