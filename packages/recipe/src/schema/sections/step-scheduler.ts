// step_scheduler: how many samples make a step, how long to train, and when to validate and save.
// Names and defaults are NeMo's.
import { z } from 'zod';
import { ignored, positiveInteger } from './field-types.js';

export const stepSchedulerSchema = z
  .strictObject({
    global_batch_size: positiveInteger()
      .default(32)
      .describe(
        'Samples per optimizer step, over all micro-batches and ranks; with packing a sample is ' +
          'a pack.',
      ),
    local_batch_size: positiveInteger()
      .default(1)
      .describe('Samples per micro-batch and rank. Must divide global_batch_size.'),
    num_epochs: z
      .nullable(positiveInteger())
      .default(10)
      .describe('Passes over the data; null: as many as max_steps needs.'),
    max_steps: z
      .nullable(positiveInteger())
      .default(null)
      .describe('Optimizer steps after which training ends; null: at the end of the last epoch.'),
    ckpt_every_steps: z
      .nullable(positiveInteger())
      .default(100)
      .describe('Steps between checkpoints; null: once an epoch.'),
    save_checkpoint_every_epoch: z
      .boolean()
      .default(true)
      .describe('Save at the end of each epoch too. The last step always saves.'),
    val_every_steps: z
      .nullable(z.int().nonnegative())
      .default(null)
      .describe('Steps between validations; null or 0: only when saving.'),
    log_remote_every_steps: positiveInteger()
      .default(1)
      .describe(
        'Steps between two entries of tensorboard, mlflow and wandb; metrics.jsonl has every step.',
      ),
    loss_average_window_steps: ignored(z.int(), 'only retrieval recipes use it'),
    gc_every_steps: ignored(
      z.int(),
      'tensors live in planned memory that needs no garbage collection',
    ),
    preemption_signal: ignored(
      z.union([z.string(), z.int(), z.array(z.union([z.string(), z.int()]))]),
      'the command line stops cleanly at SIGINT and SIGTERM',
    ),
  })
  .superRefine((section, context) => {
    if (section.global_batch_size % section.local_batch_size === 0) return;
    context.addIssue({
      code: 'custom',
      path: ['local_batch_size'],
      message:
        `${section.local_batch_size} does not divide global_batch_size ` +
        `${section.global_batch_size}`,
    });
  });
