// dataset, validation_dataset and validation_dataset_<name>: files of examples. A row holds chat messages, a prompt and a completion, or plain text; the columns decide unless the type does.
import { z } from 'zod';
import { count, ignored, named, only, pathOrId, positiveInteger } from '../field-types.js';
import { tokenizerSchema } from './model.js';

const noPadding = 'documents are laid out one after the other without padding';

/** What can be read: our types, and those that NeMo's data sets are known by. */
export const DATASET_TYPES = ['jsonl', 'chat', 'column_mapped', 'alpaca', 'text', 'squad', 'hellaswag', 'xlam'] as const;

/** NeMo's second data set of mapped columns: the first, streamed. */
const STREAMED_COLUMNS = 'column_mapped_iterable';

type DatasetType = (typeof DATASET_TYPES)[number];

const paths = (): z.ZodUnion<[z.ZodString, z.ZodArray<z.ZodString>]> => z.union([pathOrId(), z.array(z.string().min(1)).min(1)]);

/** Keys that say something for some types only; for the others they would be without effect. */
const KEYS_OF_TYPES: readonly (readonly [keys: readonly string[], types: readonly DatasetType[]])[] = [
  [['column_mapping'], ['jsonl', 'chat', 'column_mapped', 'alpaca', 'text', 'squad']],
  [['use_hf_chat_template'], ['jsonl', 'column_mapped', 'alpaca', 'squad']],
  [['mask_history', 'mask_reasoning_content'], ['jsonl', 'chat', 'column_mapped', 'alpaca', 'squad', 'xlam']],
  [['append_eos'], ['jsonl', 'column_mapped', 'alpaca', 'text', 'squad', 'hellaswag']],
];

/** Two names for one setting; the first is ours. */
const PAIRS = [['path_or_dataset_id', 'path_or_dataset'], ['path_or_dataset_id', 'dataset_name'], ['seq_length', 'max_length'], ['limit_dataset_samples', 'num_samples_limit'], ['overlong', 'truncation'], ['mask_history', 'train_on_last_turn_only']] as const;

export const datasetSchema = named('dataset', z.strictObject({
  type: z.enum([...DATASET_TYPES, STREAMED_COLUMNS]).default('jsonl').describe('jsonl: the columns of each row decide; chat: messages or ShareGPT conversations; column_mapped: columns named by column_mapping (column_mapped_iterable: with streaming: true); alpaca: instruction, input, output; text: plain text; squad, hellaswag, xlam: rows of these data sets, as NeMo writes them.'),
  path_or_dataset_id: paths().optional().describe('A file, folder or pattern such as data/*.jsonl.gz, relative to the working directory, a list of them, or the id of a data set on the hub. What exists here wins.'),
  path_or_dataset: paths().optional().describe('Same as path_or_dataset_id.'),
  dataset_name: paths().optional().describe('Same as path_or_dataset_id.'),
  name: z.nullable(z.string().min(1)).optional().describe('Configuration of a data set on the hub.'),
  revision: z.nullable(z.string().min(1)).optional().describe('Branch, tag or commit of a data set on the hub.'),
  split: z.nullable(z.string()).optional().describe('Which part: train, or a slice such as train[:1000]. In a folder or on the hub the name chooses the files.'),
  field: z.string().min(1).optional().describe('The key that holds the list of rows, for a JSON file that is one object.'),
  sample_by: z.enum(['line', 'paragraph', 'document']).optional().describe('What one row of a text file is. Absent: line.'),
  tokenizer: tokenizerSchema.optional(),
  chat_template: z.nullable(z.string()).optional().describe('A Jinja template, or the path of a .jinja file; absent: the tokenizer\'s.'),
  column_mapping: z.strictObject({
    context: z.string().optional(), question: z.string().optional(), answer: z.string().optional(), messages: z.string().optional(), conversations: z.string().optional(), system: z.string().optional(),
    prompt: z.string().optional(), completion: z.string().optional(), text: z.string().optional(), tools: z.string().optional(), instruction: z.string().optional(), input: z.string().optional(), output: z.string().optional(),
    history: z.string().optional(),
  }).optional().describe('Which columns of the file hold what. For type jsonl, question and answer are prompt and completion.'),
  seq_length: z.nullable(positiveInteger()).optional().describe('Longest row in tokens.'),
  max_length: z.nullable(positiveInteger()).optional().describe('Same as seq_length.'),
  truncation: z.nullable(z.union([z.boolean(), z.enum(['longest_first', 'only_first', 'only_second', 'do_not_truncate'])])).optional().describe('Cut rows longer than seq_length. Same as overlong: truncate.'),
  overlong: z.enum(['truncate', 'split', 'drop', 'error']).optional().describe('What happens to rows longer than seq_length: cut, made several samples, left out; they are counted in the report. Absent: error.'),
  cache: z.boolean().default(true).describe('Keep tokenised data sets of more than a few megabytes in AUTOMODEL_CACHE (~/.cache/automodel), so that the next run starts at once.'),
  streaming: z.boolean().default(false).describe('Read and tokenise while training, holding only a window of rows: for data larger than memory. Needs step_scheduler.max_steps, and seq_length or packing.'),
  shuffle_buffer_size: z.nullable(positiveInteger()).optional().describe('Streaming: rows that are shuffled together, and held. Absent: 10000.'),
  limit_dataset_samples: z.nullable(count()).optional().describe('Use only so many rows.'),
  num_samples_limit: z.nullable(count()).optional().describe('Same as limit_dataset_samples.'),
  shuffle_seed: z.nullable(z.int()).optional().describe('Shuffle the rows with this seed before a limit or a slice takes some of them.'),
  answer_only_loss_mask: z.boolean().default(true).describe('Train on the answers only; false: on every token.'),
  mask_history: z.boolean().optional().describe('In a chat, train only the last assistant turn.'),
  train_on_last_turn_only: z.boolean().optional().describe('Same as mask_history.'),
  mask_reasoning_content: z.boolean().optional().describe('Do not train what the assistant\'s reasoning adds to a chat (reasoning_content, or <think> in the content).'),
  use_hf_chat_template: z.boolean().optional().describe('Render questions and answers as a chat. Absent: when the tokenizer has a chat template; false for type column_mapped, as in NeMo.'),
  append_eos: z.boolean().optional().describe('End what is not rendered as a chat with the eos token, trained. Absent: true; for types column_mapped, squad and hellaswag only where the tokenizer adds it, as in NeMo.'),
  unshifted: only([false], 'labels are shifted by the training program').optional(),
  fp8: ignored(z.boolean(), 'NeMo does not read it either'),
  pad_to_max_length: ignored(z.boolean(), noPadding),
  padding: ignored(z.union([z.string(), z.boolean()]), noPadding),
})).superRefine((section, context) => {
  const streaming = section.streaming || section.type === STREAMED_COLUMNS;
  const type = section.type === STREAMED_COLUMNS ? 'column_mapped' : section.type;
  const given = (key: string): boolean => ((section as Record<string, unknown>)[key] ?? null) !== null;
  const problem = (key: string, message: string, params?: Record<string, unknown>): void => context.addIssue({ code: 'custom', path: [key], message, ...(params === undefined ? {} : { params }) });
  for (const [name, other] of PAIRS) if (given(name) && given(other)) problem(other, `is the same setting as ${name}; give one of them`);
  if (given('path_or_dataset') && given('dataset_name')) problem('dataset_name', 'is the same setting as path_or_dataset; give one of them');
  if (!['path_or_dataset_id', 'path_or_dataset', 'dataset_name'].some(given)) problem('path_or_dataset_id', 'is missing');
  if (type === 'column_mapped' && section.column_mapping?.answer === undefined && section.column_mapping?.completion === undefined) {
    problem('column_mapping', 'must name the answer column for dataset type column_mapped');
  }
  if (type === 'chat' && section.use_hf_chat_template === false) problem('use_hf_chat_template', 'must be true for dataset type chat: only a chat template can write messages');
  if (streaming) {
    for (const key of ['limit_dataset_samples', 'num_samples_limit', 'shuffle_seed']) if (given(key)) problem(key, 'cannot be used with streaming, which reads all rows in order');
    if (section.split?.includes('[') === true) problem('split', 'cannot be a slice with streaming, which reads all rows in order');
  } else if (given('shuffle_buffer_size')) problem('shuffle_buffer_size', 'is for streaming: true; otherwise all rows are shuffled together');
  for (const [keys, types] of KEYS_OF_TYPES) {
    for (const key of keys) {
      const value = (section as Record<string, unknown>)[key];
      if (value !== undefined && value !== false && !types.includes(type) && !(key === 'use_hf_chat_template' && ['chat', 'xlam'].includes(type))) problem(key, `says nothing for dataset type ${type}; it is for ${types.join(', ')}`);
    }
  }
}).transform(({ max_length, num_samples_limit, truncation, path_or_dataset, dataset_name, train_on_last_turn_only, ...section }) => ({
  ...section,
  type: section.type === STREAMED_COLUMNS ? ('column_mapped' as const) : section.type,
  streaming: section.streaming || section.type === STREAMED_COLUMNS,
  path_or_dataset_id: section.path_or_dataset_id ?? path_or_dataset ?? dataset_name ?? '',
  seq_length: section.seq_length ?? max_length ?? null,
  limit_dataset_samples: section.limit_dataset_samples ?? num_samples_limit ?? null,
  mask_history: section.mask_history ?? train_on_last_turn_only ?? false,
  mask_reasoning_content: section.mask_reasoning_content ?? false,
  overlong: section.overlong ?? (truncation === undefined || truncation === null || truncation === false || truncation === 'do_not_truncate' ? ('error' as const) : ('truncate' as const)),
}));

export const packedSequenceSchema = z.strictObject({
  packed_sequence_size: count().default(0).describe('Tokens of a pack; 0: no packing. Documents in a pack never see each other.'),
  drop_long_samples: z.boolean().default(false).describe('Leave out rows longer than a pack instead of refusing them; they are counted.'),
  packing_strategy: z.enum(['thd', 'neat']).optional().describe('thd: packs are filled in the order of the rows; neat: as tightly as possible. Absent: thd.'),
  packing_format: only(['thd'], 'packing_strategy chooses how packs are filled').optional(),
  max_packs: z.nullable(positiveInteger()).optional().describe('Use only so many packs.'),
  split_across_pack: only([false], 'a document is never split').optional(),
  attn_implementation: ignored(z.string(), 'there is one attention kernel, exact for packs'),
  num_proc: ignored(z.int(), 'rows are tokenised in one thread for each core'),
});
