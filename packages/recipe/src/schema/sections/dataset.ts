// dataset, validation_dataset and validation_dataset_<name>: files of rows, or several sections
// mixed by weight. A row holds chat messages, a prompt and a completion, or plain text; the columns
// decide unless the type does.
import { z } from 'zod';
import { count, named } from './field-types.js';
import { KEYS } from './dataset-keys.js';
import {
  checkNames,
  checkSection,
  isGiven,
  typeOf,
  TYPES,
  type DatasetType,
  type Problem,
  type StreamedType,
} from './dataset-rules.js';
import { completed, type CompletedSection, type ResolvedSection } from './resolved-section.js';

/** Several data sets as one. */
const MIXED = 'mixed';

const NAMES: readonly DatasetType[] = TYPES.map(({ type }) => type);
const STREAMED_NAMES: readonly StreamedType[] = TYPES.flatMap(({ streamed }) =>
  streamed === undefined ? [] : [streamed.type],
);

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

/**
 * Data sets mixed by weight. Other keys say something only where they concern the whole mixture.
 */
export interface ResolvedMixture extends CompletedSection {
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
    type: z.enum(NAMES).default('jsonl').describe('How its rows are read, as in dataset.'),
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

/** Accepted everywhere, without effect. */
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

/** A type and what its rows hold. */
function described({ type, about, streamed }: (typeof TYPES)[number]): string {
  const other = streamed === undefined ? '' : ` (${streamed.type}: with streaming: true)`;
  return `${type}: ${about}${other}`;
}

export const datasetSchema = named(
  'dataset',
  z.strictObject({
    type: z
      .enum([...NAMES, ...STREAMED_NAMES, MIXED])
      .default('jsonl')
      .describe([...TYPES.map(described), `${MIXED}: several data sets by weight.`].join('; ')),
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
          'used up earlier begin again. Absent: first_exhausted.',
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
      if (type !== MIXED) {
        const { type: own, streamed } = typeOf(type);
        const whole = completed(own, section);
        return streamed ? { ...whole, streaming: true } : whole;
      }
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
