// peft: an adapter that is trained in place of the model's own weights. The keys are those of
// NeMo's PeftConfig; the adapter's package checks what they mean for the model.
import { z } from 'zod';
import { ignored, named, only, pathOrId, positiveInteger } from './field-types.js';

const names = z.union([z.string().min(1), z.array(z.string().min(1))]);
const always = 'the low-rank product is always computed without the large matrix';

export const peftSchema = named(
  'adapter',
  z.strictObject({
    type: z.enum(['lora']).default('lora'),
    adapter_name_or_path: pathOrId()
      .optional()
      .describe('A saved adapter to continue training; its settings are taken from it.'),
    target_modules: names
      .optional()
      .describe(
        'Patterns (*_proj), suffix names (q_proj), a regular expression, or all-linear. Default ' +
          '*_proj.',
      ),
    exclude_modules: names.optional(),
    match_all_linear: z.boolean().optional(),
    dim: positiveInteger().optional().describe('Rank. Default 8.'),
    alpha: z
      .number()
      .positive()
      .optional()
      .describe('The change is scaled by alpha / dim. Default 32.'),
    dropout: z.number().min(0).lt(1).optional(),
    dropout_position: z.enum(['pre', 'post']).optional(),
    lora_A_init: z.enum(['xavier', 'normal', 'kaiming', 'orthogonal']).optional(),
    use_dora: z.boolean().optional(),
    use_rslora: z.boolean().optional(),
    lora_dtype: only([null], "adapters have the dtype of the run's master weights").optional(),
    moe_rank_scaling: only([false], 'experts are not adapted').optional(),
    use_memory_efficient_lora: ignored(z.boolean(), always),
    use_triton: ignored(z.boolean(), always),
  }),
);
