// early_stopping: when training ends before its last step.
import { z } from 'zod';
import { positiveInteger } from './field-types.js';

export const earlyStoppingSchema = z.strictObject({
  patience: positiveInteger()
    .default(3)
    .describe(
      'Validations in a row without an improvement after which training ends. The set is that of ' +
        'checkpoint.best_metric_key; step_scheduler.val_every_steps says how often.',
    ),
  min_delta: z
    .number()
    .nonnegative()
    .default(0)
    .describe('By how much the loss must be below the lowest so far to be an improvement.'),
});
