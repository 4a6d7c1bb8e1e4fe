// lr_find: a range test of the learning rate before training.
import { z } from 'zod';

const rangeTest = z.strictObject({
  min_lr: z.number().positive().default(1e-6).describe('Learning rate of the first test step.'),
  max_lr: z.number().positive().default(1).describe('Learning rate of the last one.'),
  num_steps: z
    .int()
    .min(20)
    .max(1000)
    .default(60)
    .describe('Test steps; it ends when the loss explodes.'),
});

export const lrFindSchema = z
  .union([z.boolean(), rangeTest])
  .default(false)
  .transform((value) => {
    if (value === false) return null;
    return value === true ? rangeTest.parse({}) : value;
  })
  .describe(
    'Before training, raise the learning rate step by step and train with a tenth of the rate at ' +
      'which the smoothed loss was lowest, in place of optimizer.lr. Weights and states are then ' +
      'what they were. A section may set min_lr (1e-6), max_lr (1) and num_steps (60).',
  );
