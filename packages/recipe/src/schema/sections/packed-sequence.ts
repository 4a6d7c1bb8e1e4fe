// packed_sequence: samples put into packs of one length.
import { z } from 'zod';
import { count, ignored, only, positiveInteger } from './field-types.js';

export const packedSequenceSchema = z.strictObject({
  packed_sequence_size: count()
    .default(0)
    .describe('Tokens of a pack; 0: no packing. Documents in a pack never see each other.'),
  drop_long_samples: z
    .boolean()
    .default(false)
    .describe('Leave out rows longer than a pack instead of refusing them; they are counted.'),
  packing_strategy: z
    .enum(['thd', 'neat'])
    .optional()
    .describe(
      'thd: packs are filled in the order of the rows; neat: as tightly as possible. Absent: thd.',
    ),
  packing_format: only(['thd'], 'packing_strategy chooses how packs are filled').optional(),
  max_packs: z.nullable(positiveInteger()).optional().describe('Use at most this many packs.'),
  split_across_pack: only([false], 'a document is never split').optional(),
  attn_implementation: ignored(z.string(), 'there is one attention kernel, exact for packs'),
  num_proc: ignored(z.int(), 'rows are tokenised in one thread for each core'),
});
