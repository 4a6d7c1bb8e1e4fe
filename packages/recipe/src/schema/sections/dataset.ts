// dataset, validation_dataset and validation_dataset_<name>: files of examples. A row holds chat messages, a prompt and a completion, or plain text; the columns decide unless the type does.
import { z } from 'zod';
import { count, ignored, named, only, pathOrId, positiveInteger } from '../field-types.js';
import { tokenizerSchema } from './model.js';

const noPadding = 'documents are laid out one after the other without padding';

export const datasetSchema = named('dataset', z.strictObject({
  type: z.enum(['jsonl', 'chat', 'column_mapped']).default('jsonl').describe('jsonl: the columns of each row decide; chat: rows of messages; column_mapped: columns named by column_mapping.'),
  path_or_dataset_id: pathOrId().describe('A JSONL or JSON file, relative to the working directory.'),
  split: z.string().optional().describe('Part of the file: train, or a slice such as train[:1000].'),
  tokenizer: tokenizerSchema.optional(),
  chat_template: z.nullable(z.string()).optional().describe('A Jinja template, or the path of a .jinja file; absent: the tokenizer\'s.'),
  column_mapping: z.strictObject({
    context: z.string().optional(), question: z.string().optional(), answer: z.string().optional(), messages: z.string().optional(), prompt: z.string().optional(), completion: z.string().optional(),
    text: z.string().optional(), tools: z.string().optional(),
  }).optional().describe('Which columns of the file hold what. question and answer are prompt and completion.'),
  seq_length: z.nullable(positiveInteger()).optional().describe('Longest row in tokens.'),
  max_length: z.nullable(positiveInteger()).optional().describe('Same as seq_length.'),
  truncation: z.union([z.boolean(), z.enum(['longest_first', 'only_first', 'only_second', 'do_not_truncate'])]).optional().describe('Cut rows longer than seq_length. Same as overlong: truncate.'),
  overlong: z.enum(['truncate', 'drop', 'error']).optional().describe('What happens to rows longer than seq_length; they are counted in the report. Absent: error.'),
  limit_dataset_samples: z.nullable(count()).optional().describe('Use only so many rows.'),
  num_samples_limit: z.nullable(count()).optional().describe('Same as limit_dataset_samples.'),
  shuffle_seed: z.nullable(z.int()).optional().describe('Shuffle the rows with this seed before a limit or a slice takes some of them.'),
  answer_only_loss_mask: z.boolean().default(true).describe('Train on the answers only; false: on every token.'),
  mask_history: z.boolean().default(false).describe('In a chat, train only the last assistant turn.'),
  mask_reasoning_content: only([false], 'reasoning content is trained like the rest of the turn').optional(),
  use_hf_chat_template: z.boolean().optional().describe('Render prompt and completion as a chat. Absent: when the tokenizer has a chat template.'),
  pad_to_max_length: ignored(z.boolean(), noPadding),
  padding: ignored(z.union([z.string(), z.boolean()]), noPadding),
})).superRefine((section, context) => {
  const pairs = [['seq_length', 'max_length'], ['limit_dataset_samples', 'num_samples_limit'], ['overlong', 'truncation']] as const;
  for (const [name, other] of pairs) {
    if ((section[name] ?? null) !== null && (section[other] ?? null) !== null) context.addIssue({ code: 'custom', path: [other], message: `is the same setting as ${name}; give one of them` });
  }
  if (section.type === 'column_mapped' && section.column_mapping?.answer === undefined && section.column_mapping?.completion === undefined) {
    context.addIssue({ code: 'custom', path: ['column_mapping'], message: 'must name the answer column for dataset type column_mapped' });
  }
}).transform(({ max_length, num_samples_limit, truncation, ...section }) => ({
  ...section,
  seq_length: section.seq_length ?? max_length ?? null,
  limit_dataset_samples: section.limit_dataset_samples ?? num_samples_limit ?? null,
  overlong: section.overlong ?? (truncation === undefined || truncation === false || truncation === 'do_not_truncate' ? ('error' as const) : ('truncate' as const)),
}));

export const packedSequenceSchema = z.strictObject({
  packed_sequence_size: count().default(0).describe('Tokens of a pack; 0: no packing. Documents in a pack never see each other.'),
  drop_long_samples: z.boolean().default(false).describe('Leave out rows longer than a pack instead of refusing them; they are counted.'),
  packing_strategy: only(['thd'], 'packs are filled in order, first fit').optional(),
  packing_format: only(['thd'], 'packs are filled in order, first fit').optional(),
  max_packs: z.nullable(positiveInteger()).optional().describe('Use only so many packs.'),
  split_across_pack: only([false], 'a document is never split').optional(),
  attn_implementation: ignored(z.string(), 'there is one attention kernel, exact for packs'),
  num_proc: ignored(z.int(), 'rows are tokenised once, at the start'),
});
