// model and tokenizer: which Hugging Face folder or hub id to start from. Weights are f32, bf16 or
// f16 on disk; torch_dtype says how to compute unless precision does.
import { parseDType, type DType } from '@automodel/core';
import { z } from 'zod';
import { ignored, named, only, pathOrId } from './field-types.js';

const DTYPE_NAMES = [
  'auto',
  'f32',
  'float32',
  'fp32',
  'torch.float32',
  'bf16',
  'bfloat16',
  'torch.bfloat16',
  'f16',
  'float16',
  'fp16',
  'torch.float16',
] as const;
const HALF = new Set<string>(['f16', 'float16', 'fp16', 'torch.float16']);

/** A dtype as Hugging Face, PyTorch or this project spells it; `auto`: as the checkpoint says. */
export const torchDTypeSchema = z
  .enum(DTYPE_NAMES)
  .superRefine((name, context) => {
    if (HALF.has(name))
      context.addIssue({
        code: 'custom',
        message: `${name} is not supported for training: use bf16 or float32`,
        params: { unsupported: true },
      });
  })
  .transform((name): DType | 'auto' => parseDType(name) ?? 'auto');

const noRemoteCode = 'code from model folders is never run';

const tokenizerDecides =
  'the post-processor in tokenizer.json decides; change it in a copy of the tokenizer';

const tokens = z.array(z.string().min(1)).min(1);

export const tokenizerSchema = named(
  'tokenizer',
  z.strictObject({
    type: z.enum(['auto_tokenizer']).default('auto_tokenizer'),
    pretrained_model_name_or_path: pathOrId()
      .optional()
      .describe("Folder or hub id of the tokenizer; absent: the model's."),
    revision: z
      .string()
      .min(1)
      .optional()
      .describe('Branch, tag or commit of a tokenizer on the hub; absent: main.'),
    add_tokens: tokens.optional().describe('Tokens to add: words that are one token from now on.'),
    add_special_tokens: tokens
      .optional()
      .describe('Special tokens to add: marks of a template, which are never part of a text.'),
    init: z
      .enum(['mean'])
      .optional()
      .describe("How the rows of added tokens start: as the mean of the table's. Default mean."),
    resize: z
      .boolean()
      .optional()
      .describe("Whether the model's tables may grow for added tokens. Default true."),
    trust_remote_code: ignored(z.boolean(), noRemoteCode),
    add_bos_token: only([null], tokenizerDecides).optional(),
    add_eos_token: only([null], tokenizerDecides).optional(),
    truncation_side: only([null, 'right'], 'rows are truncated at their end').optional(),
  }),
);

const configSchema = named(
  'model-config',
  z.strictObject({
    type: z.enum(['auto_config']).default('auto_config'),
    pretrained_model_name_or_path: pathOrId().describe(
      'config.json, the folder that holds it, or a hub id.',
    ),
    trust_remote_code: ignored(z.boolean(), noRemoteCode),
  }),
);

const oneAttention = 'there is one attention kernel, exact for every model';

export const modelSchema = named(
  'model',
  z.strictObject({
    type: z
      .enum(['causal_lm', 'causal_lm_from_config'])
      .default('causal_lm')
      .describe(
        'causal_lm: start from trained weights; causal_lm_from_config: from random weights.',
      ),
    pretrained_model_name_or_path: pathOrId()
      .optional()
      .describe('Folder in Hugging Face layout, or a hub id.'),
    revision: z
      .string()
      .min(1)
      .optional()
      .describe('Branch, tag or commit of a model on the hub; absent: main.'),
    config: z
      .union([pathOrId(), configSchema])
      .optional()
      .describe('For causal_lm_from_config: config.json or the folder that holds it.'),
    graph: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A recorded forward pass (graph.json) that takes the place of a model package; absent: ' +
          "the folder's own where no package implements its model_type.",
      ),
    torch_dtype: torchDTypeSchema.default('auto'),
    force_hf: ignored(z.boolean(), 'there is one implementation of each model'),
    trust_remote_code: ignored(z.boolean(), noRemoteCode),
    attn_implementation: ignored(z.string(), oneAttention),
    use_liger_kernel: ignored(z.boolean(), 'kernels are chosen by the backend'),
    use_sdpa_patching: ignored(z.boolean(), oneAttention),
    sdpa_method: ignored(z.unknown(), oneAttention),
    output_hidden_states: ignored(z.boolean(), 'training reads only the loss'),
    backend: ignored(
      named('model-backend', z.looseObject({})),
      'kernels are chosen by the backend',
    ),
    text_config: only(
      [null],
      'the config.json of the folder decides; change it in a copy of the folder',
    ).optional(),
    num_nextn_predict_layers: only([null, 0], 'multi-token prediction is not available').optional(),
    mtp_loss_scaling_factor: only([null, 0], 'multi-token prediction is not available').optional(),
    mtp_use_repeated_layer: only(
      [null, false],
      'multi-token prediction is not available',
    ).optional(),
    drafter_path: only([null], 'drafters are not trained').optional(),
    num_labels: only([null], 'only causal language models are trained here').optional(),
    load_base_model: only(
      [true],
      'use causal_lm_from_config to start from random weights',
    ).optional(),
  }),
).superRefine((section, context) => {
  const [needed, other] =
    section.type === 'causal_lm'
      ? (['pretrained_model_name_or_path', 'config'] as const)
      : (['config', 'pretrained_model_name_or_path'] as const);
  if (section[needed] === undefined)
    context.addIssue({
      code: 'custom',
      path: [needed],
      message: `is missing; model type ${section.type} needs it`,
      params: { missing: true },
    });
  if (section[other] !== undefined)
    context.addIssue({
      code: 'custom',
      path: [other],
      message: `does not belong to model type ${section.type}`,
    });
});
