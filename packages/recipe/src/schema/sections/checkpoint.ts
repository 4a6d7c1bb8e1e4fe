// checkpoint: where and in which form results are saved. A checkpoint is always safetensors; the
// consolidated part is an ordinary Hugging Face folder.
import { z } from 'zod';
import { ignored, only, positiveInteger } from './field-types.js';

const atOnce = 'a checkpoint is written by one process, beside its final place, and renamed';

export const checkpointSchema = z.strictObject({
  enabled: z.boolean().default(true),
  checkpoint_dir: z
    .string()
    .min(1)
    .default('checkpoints/')
    .describe(
      'Relative to the working directory. Metrics are written there even when saving is off.',
    ),
  save_consolidated: z
    .union([z.boolean(), z.enum(['final', 'every'])])
    .default('final')
    .transform((value): false | 'final' | 'every' => (value === true ? 'every' : value))
    .describe(
      'No effect here: every checkpoint is a complete Hugging Face folder, or a PEFT adapter, ' +
        'beside its training state.',
    ),
  restore_from: z
    .nullable(z.string().min(1))
    .default(null)
    .describe(
      'Checkpoint to go on from: latest (LATEST), best (LOWEST_VAL), the name of one, or a ' +
        'folder; auto: the last one if there is one, otherwise the run starts, and it ends at ' +
        'once if it is finished. Absent: a new run, which needs an unused folder.',
    ),
  best_metric_key: z
    .string()
    .default('default')
    .describe('Which validation set decides LOWEST_VAL.'),
  load_best_at_end: z
    .boolean()
    .default(false)
    .describe(
      'The result is the checkpoint with the lowest validation loss (LOWEST_VAL), or the last ' +
        'step if its loss is lower. Validations between checkpoints do not count.',
    ),
  max_recent_checkpoints: z
    .nullable(positiveInteger())
    .default(null)
    .describe('Keep at most this many; null: all. LATEST and LOWEST_VAL are always kept.'),
  model_save_format: ignored(
    z.enum(['safetensors', 'torch_save']),
    'checkpoints are always safetensors',
  ),
  is_async: ignored(z.boolean(), atOnce),
  wait_for_staging: ignored(z.boolean(), atOnce),
  staging_dir: ignored(z.string(), atOnce),
  cpu_offload: ignored(z.boolean(), atOnce),
  single_rank_consolidation: ignored(z.boolean(), atOnce),
  consolidation_timeout_minutes: ignored(z.number(), atOnce),
  v4_compatible: ignored(z.boolean(), 'config.json keeps the form of the base model'),
  dequantize_base_checkpoint: ignored(
    z.boolean(),
    'quantised base models are refused when they are opened',
  ),
  allow_legacy_pickle_restore: ignored(z.boolean(), 'pickle files are never read'),
  diffusers_compatible: only([false], 'language models only').optional(),
  skip_task_head_prefixes_for_base_model: only(
    [null],
    'the model is trained with its own head',
  ).optional(),
});
