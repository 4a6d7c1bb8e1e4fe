// The keys of one data set, as they are written; which of them apply to which type is in
// dataset-types.ts.
import { z } from 'zod';
import { DATASET_TYPES } from './dataset-types.js';
import { count, ignored, only, pathOrId, positiveInteger } from './field-types.js';
import { tokenizerSchema } from './model.js';

const noPadding = 'documents are laid out one after the other without padding';

const paths = (): z.ZodUnion<[z.ZodString, z.ZodArray<z.ZodString>]> =>
  z.union([pathOrId(), z.array(z.string().min(1)).min(1)]);

type Column = (typeof DATASET_TYPES)[number]['columns'][number];

const columnNames = new Set<Column>(DATASET_TYPES.flatMap(({ columns }) => [...columns]));
const mappedColumns = Object.fromEntries(
  [...columnNames].map((column) => [column, z.string().optional()]),
) as Record<Column, z.ZodOptional<z.ZodString>>;

/** Types that add eos to what is not a chat only where NeMo does. */
const withoutEos = DATASET_TYPES.filter(({ appendsEos }) => !appendsEos).map(({ type }) => type);
const listed = `${withoutEos.slice(0, -1).join(', ')} and ${withoutEos.at(-1)}`;

export const KEYS = {
  path_or_dataset_id: paths()
    .optional()
    .describe(
      'A file, folder or pattern such as data/*.jsonl.gz, relative to the working directory, a ' +
        'list of them, or the id of a data set on the hub. What exists here wins.',
    ),
  path_or_dataset: paths().optional().describe('Same as path_or_dataset_id.'),
  dataset_name: paths().optional().describe('Same as path_or_dataset_id.'),
  name: z
    .nullable(z.string().min(1))
    .optional()
    .describe('Configuration of a data set on the hub.'),
  revision: z
    .nullable(z.string().min(1))
    .optional()
    .describe('Branch, tag or commit of a data set on the hub.'),
  split: z
    .nullable(z.string())
    .optional()
    .describe(
      'Which part: train, or a slice such as train[:1000]. In a folder or on the hub the name ' +
        'chooses the files.',
    ),
  field: z
    .string()
    .min(1)
    .optional()
    .describe('The key that holds the list of rows, for a JSON file that is one object.'),
  sample_by: z
    .enum(['line', 'paragraph', 'document'])
    .optional()
    .describe('What one row of a text file is. Absent: line.'),
  tokenizer: tokenizerSchema.optional(),
  chat_template: z
    .nullable(z.string())
    .optional()
    .describe("A Jinja template, or the path of a .jinja file; absent: the tokenizer's."),
  column_mapping: z
    .strictObject(mappedColumns)
    .optional()
    .describe(
      'Which columns of the file hold what. For type jsonl, question and answer are prompt and ' +
        'completion.',
    ),
  seq_length: z.nullable(positiveInteger()).optional().describe('Maximum tokens of a row.'),
  max_length: z.nullable(positiveInteger()).optional().describe('Same as seq_length.'),
  truncation: z
    .nullable(
      z.union([
        z.boolean(),
        z.enum(['longest_first', 'only_first', 'only_second', 'do_not_truncate']),
      ]),
    )
    .optional()
    .describe('Cut rows longer than seq_length. Same as overlong: truncate.'),
  overlong: z
    .enum(['truncate', 'split', 'drop', 'error'])
    .optional()
    .describe(
      'What happens to rows longer than seq_length: they are cut, split into several samples or ' +
        'left out, and counted in the report; or they are an error. Absent: error.',
    ),
  cache: z
    .boolean()
    .optional()
    .describe(
      'Keep tokenised data sets of more than a few megabytes in AUTOMODEL_CACHE ' +
        '(~/.cache/automodel), so that the next run starts at once. Absent: true.',
    ),
  streaming: z
    .boolean()
    .optional()
    .describe(
      'Read and tokenise while training, holding only a window of rows: for data larger than ' +
        'memory. Needs step_scheduler.max_steps, and seq_length or packing.',
    ),
  shuffle_buffer_size: z
    .nullable(positiveInteger())
    .optional()
    .describe('Streaming: rows that are shuffled together, and held. Absent: 10000.'),
  limit_dataset_samples: z.nullable(count()).optional().describe('Use at most this many rows.'),
  num_samples_limit: z.nullable(count()).optional().describe('Same as limit_dataset_samples.'),
  shuffle_seed: z
    .nullable(z.int())
    .optional()
    .describe('Shuffle the rows with this seed before a limit or a slice takes some of them.'),
  answer_only_loss_mask: z
    .boolean()
    .optional()
    .describe('Train on the answers only; false: on every token. Absent: true.'),
  mask_history: z.boolean().optional().describe('In a chat, train only the last assistant turn.'),
  train_on_last_turn_only: z.boolean().optional().describe('Same as mask_history.'),
  mask_reasoning_content: z
    .boolean()
    .optional()
    .describe(
      "Do not train what the assistant's reasoning adds to a chat (reasoning_content, or <think> " +
        'in the content).',
    ),
  use_hf_chat_template: z
    .boolean()
    .optional()
    .describe(
      'Render questions and answers as a chat. Absent: when the tokenizer has a chat template; ' +
        'false for type column_mapped, as in NeMo.',
    ),
  append_eos: z
    .boolean()
    .optional()
    .describe(
      'End what is not rendered as a chat with the eos token, trained. Absent: true; for types ' +
        `${listed} only where the tokenizer adds it, as in NeMo. Chats: true adds it where the ` +
        'template does not end the last answer with a special token.',
    ),
  unshifted: only([false], 'labels are shifted by the training program').optional(),
  fp8: ignored(z.boolean(), 'NeMo does not read it either'),
  pad_to_max_length: ignored(z.boolean(), noPadding),
  padding: ignored(z.union([z.string(), z.boolean()]), noPadding),
};
