// dataloader and validation_dataloader: only the order of rows is a choice here; batches are cut by
// step_scheduler.
import { z } from 'zod';
import { ignored, named } from './field-types.js';

const collateSchema = named(
  'collate',
  z.strictObject({
    type: z.enum(['default_collater']).default('default_collater'),
    pad_seq_len_divisible: z.nullable(z.int()).optional(),
    max_length: z.nullable(z.int()).optional(),
    drop_overlong: z.boolean().optional(),
  }),
);
const noWorkers = 'rows are read and tokenised in this process';

const keys = {
  type: z.enum(['dataloader']).default('dataloader'),
  collate_fn: ignored(
    z.union([z.string(), collateSchema]),
    'documents are laid out one after the other without padding',
  ),
  batch_size: ignored(z.int(), 'step_scheduler.local_batch_size decides, in NeMo too'),
  drop_last: ignored(z.boolean(), 'the last, incomplete batch of an epoch is a step too'),
  num_workers: ignored(z.int(), noWorkers),
  persistent_workers: ignored(z.boolean(), noWorkers),
  prefetch_factor: ignored(z.int(), noWorkers),
  pin_memory: ignored(z.boolean(), noWorkers),
  dataloader_type: ignored(z.string(), 'there is one loader'),
};

export const dataloaderSchema = named(
  'dataloader',
  z.strictObject({
    ...keys,
    shuffle: z
      .boolean()
      .default(true)
      .describe('Shuffle the rows in each epoch, from the seed and the epoch.'),
  }),
);

export const validationDataloaderSchema = named(
  'dataloader',
  z.strictObject({
    ...keys,
    shuffle: ignored(z.boolean(), 'the validation loss does not depend on the order'),
  }),
);
