// Sections of our own: evaluation (scored answers before and after training), memory, backend and
// plugins.
import { z } from 'zod';
import { count, positiveInteger } from './field-types.js';
import { datasetSchema } from './dataset.js';

/** The metrics that come along. */
export const METRIC_NAMES = ['exact_match', 'accuracy', 'f1', 'rouge_l', 'numeric'] as const;

export type MetricName = (typeof METRIC_NAMES)[number];

/** Whether a metric is named by the path of a module, such as `./my-metric.mjs`. */
export const isMetricPath = (name: string): boolean => /\.[cm]?[jt]s$/.test(name);

const metricName = (): z.ZodType<string, string> =>
  z.string().refine((name) => METRIC_NAMES.some((known) => known === name) || isMetricPath(name), {
    error: (issue) =>
      `${JSON.stringify(issue.input)} is no metric: there are ${METRIC_NAMES.join(', ')}, or ` +
      'the path of a module, such as ./my-metric.mjs',
  });

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
  metrics: z
    .array(metricName())
    .default(['exact_match'])
    .describe(
      'How answers to all rows are scored. exact_match: equal after trimming; accuracy and f1: ' +
        'the same for labels, also by label, f1 as the mean over labels; rouge_l: common words ' +
        'in order; numeric: the last number is close enough. The path of a module ' +
        '(./my-metric.mjs): its default export gets the answers and returns a number. Empty: ' +
        'only num_samples rows are answered.',
    ),
  numeric_tolerance: z
    .strictObject({
      absolute: z.number().nonnegative().default(0),
      relative: z.number().nonnegative().default(0),
    })
    .prefault({})
    .describe(
      'Metric numeric: a number is right if it differs by at most absolute + relative * the ' +
        'expected one.',
    ),
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
      'Recompute activations until the plan fits into this many GB (10^9 bytes), and only as ' +
        'much as needed; null: what distributed.activation_checkpointing says.',
    ),
  optimizer_in_backward: z
    .boolean()
    .default(false)
    .describe(
      'Update each parameter as soon as its gradient is complete, so that gradients of all ' +
        'layers never exist together. For steps of one micro-batch in one process, without ' +
        'clipping (clip_grad_norm.max_norm null).',
    ),
});

/** The backend of runs that name none. */
export const DEFAULT_BACKEND = 'cpu';

export const backendSchema = z.strictObject({
  type: z.string().min(1).default(DEFAULT_BACKEND).describe('Name that a backend plugin provides.'),
  threads: z
    .nullable(positiveInteger())
    .default(null)
    .describe('CPU threads of a process; null: its share of the cores of the machine.'),
});
