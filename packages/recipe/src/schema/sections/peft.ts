// peft: an adapter that is trained in place of the model's own weights. The keys are those of
// NeMo's PeftConfig; the adapter's package checks what they mean for the model.
import { z } from 'zod';
import { ignored, named, only, pathOrId, positiveInteger } from './field-types.js';

const names = z.union([z.string().min(1), z.array(z.string().min(1))]);
const tokenIds = z.array(z.number().int().min(0)).min(1);
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
    modules_to_save: names
      .optional()
      .describe(
        'Modules that are trained whole, by the ends of their names: embed_tokens, lm_head, norm.',
      ),
    trainable_token_indices: z
      .union([tokenIds, z.record(z.string().min(1), tokenIds)])
      .optional()
      .describe(
        'Ids of tokens whose rows of the embedding are trained, or such lists by the name of a ' +
          'table.',
      ),
    lora_bias: z.boolean().optional().describe('The second matrix has a bias.'),
    bias: z
      .enum(['none', 'all', 'lora_only'])
      .optional()
      .describe('Biases of the model that are trained: none, all, or those of adapted modules.'),
    ensure_weight_tying: z
      .boolean()
      .optional()
      .describe('A head tied to the embedding stays tied when one of them is trained whole.'),
    lora_dtype: only([null], "adapters have the dtype of the run's master weights").optional(),
    moe_rank_scaling: only([false], 'experts are not adapted').optional(),
    use_memory_efficient_lora: ignored(z.boolean(), always),
    use_triton: ignored(z.boolean(), always),
  }),
);
