// Sections of our own: evaluation (exact match and sample generations before and after training),
// memory, backend and plugins.
import { z } from 'zod';
import { count, positiveInteger } from './field-types.js';
import { datasetSchema } from './dataset.js';

export const evaluationSchema = z.strictObject({
  dataset: datasetSchema
    .transform((section, context) => {
      if (section.type !== 'mixed') return section;
      context.addIssue({
        code: 'custom',
        path: ['type'],
        message: 'must be a single data set, whose rows are the questions',
      });
      return z.NEVER;
    })
    .optional()
    .describe(
      'Held-out rows; the last assistant turn (or completion) of each is what an answer must ' +
        'equal.',
    ),
  exact_match: z
    .boolean()
    .default(true)
    .describe('Generate an answer to every row and count those that are equal after trimming.'),
  before_training: z.boolean().default(true),
  after_training: z.boolean().default(true),
  during_training: z
    .boolean()
    .default(true)
    .describe('Answer the rows of num_samples after each validation, for the report.'),
  num_samples: count().default(2).describe('Generations shown in full.'),
  max_new_tokens: positiveInteger().default(256),
  temperature: z.number().nonnegative().default(0).describe('0: greedy.'),
  top_p: z.number().gt(0).max(1).default(1),
});

export const memorySchema = z.strictObject({
  budget_gb: z
    .nullable(z.number().positive())
    .default(null)
    .describe(
      'Recompute activations until the plan fits into this many GB (10^9 bytes); null: recompute ' +
        'nothing to save memory.',
    ),
});

/** The backend of runs that name none. */
export const DEFAULT_BACKEND = 'cpu';

export const backendSchema = z.strictObject({
  type: z.string().min(1).default(DEFAULT_BACKEND).describe('Name that a backend plugin provides.'),
  threads: z.nullable(positiveInteger()).default(null).describe('CPU threads; null: one per core.'),
});
