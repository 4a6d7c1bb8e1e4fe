// optimizer, lr_scheduler and clip_grad_norm. PyTorch's names and defaults for optimizers, NeMo's
// for the schedule.
import { z } from 'zod';
import { count, ignored, named, only, positiveInteger } from './field-types.js';

const beta = (): z.ZodNumber => z.number().min(0).lt(1);
const ONLY_FOR: Readonly<Record<string, string>> = {
  betas: 'adamw',
  eps: 'adamw',
  momentum: 'sgd',
  dampening: 'sgd',
  nesterov: 'sgd',
};

export const optimizerSchema = named(
  'optimizer',
  z.strictObject({
    type: z.enum(['adamw', 'adam', 'sgd']).default('adamw'),
    lr: z.number().nonnegative().describe('Learning rate; with lr_scheduler its highest value.'),
    weight_decay: z
      .number()
      .nonnegative()
      .optional()
      .describe(
        'Decoupled for adamw (default 0.01); added to the gradient for adam and sgd (default 0).',
      ),
    betas: z.tuple([beta(), beta()]).optional().describe('adamw and adam: default [0.9, 0.999].'),
    eps: z.number().nonnegative().optional().describe('adamw and adam: default 1e-8.'),
    momentum: z.number().min(0).optional().describe('sgd: default 0.'),
    dampening: z.number().optional().describe('sgd: default 0.'),
    nesterov: z.boolean().optional().describe('sgd: default false.'),
    amsgrad: only([false], 'use adamw without amsgrad').optional(),
    maximize: only([false], 'losses are minimised').optional(),
    foreach: ignored(z.boolean(), 'the optimizer is always fused'),
    fused: ignored(z.boolean(), 'the optimizer is always fused'),
  }),
)
  .superRefine((section, context) => {
    const family = section.type === 'sgd' ? 'sgd' : 'adamw';
    for (const [key, owner] of Object.entries(ONLY_FOR)) {
      if (section[key as keyof typeof section] !== undefined && owner !== family)
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `does not belong to optimizer type ${section.type}`,
        });
    }
    if (
      section.nesterov === true &&
      ((section.momentum ?? 0) <= 0 || (section.dampening ?? 0) !== 0)
    ) {
      context.addIssue({
        code: 'custom',
        path: ['nesterov'],
        message: 'needs a momentum above 0 and no dampening',
      });
    }
  })
  .transform(({ type, lr, weight_decay, betas, eps, momentum, dampening, nesterov }) =>
    type === 'sgd'
      ? {
          type,
          lr,
          weight_decay: weight_decay ?? 0,
          momentum: momentum ?? 0,
          dampening: dampening ?? 0,
          nesterov: nesterov ?? false,
        }
      : {
          type,
          lr,
          weight_decay: weight_decay ?? (type === 'adam' ? 0 : 0.01),
          betas: betas ?? ([0.9, 0.999] as [number, number]),
          eps: eps ?? 1e-8,
        },
  );

const rate = (): z.ZodNumber => z.number().nonnegative();

export const lrSchedulerSchema = named(
  'lr-scheduler',
  z.strictObject({
    type: z.enum(['optimizer_param_scheduler']).default('optimizer_param_scheduler'),
    lr_decay_style: z
      .enum(['constant', 'linear', 'cosine', 'inverse-square-root', 'WSD'])
      .default('cosine'),
    lr_warmup_steps: z
      .nullable(count())
      .default(null)
      .describe('Steps from init_lr to max_lr; null: a tenth of all steps, at most 1000.'),
    lr_decay_steps: z
      .nullable(positiveInteger())
      .default(null)
      .describe('Step at which min_lr is reached; null: the last.'),
    init_lr: z.nullable(rate()).default(null).describe('null: a tenth of optimizer.lr.'),
    max_lr: z.nullable(rate()).default(null).describe('null: optimizer.lr.'),
    min_lr: z.nullable(rate()).default(null).describe('null: a hundredth of optimizer.lr.'),
    wsd_decay_steps: z
      .nullable(positiveInteger())
      .default(null)
      .describe('WSD: steps of the final decay.'),
    lr_wsd_decay_style: z
      .enum(['linear', 'cosine', 'exponential', 'minus_sqrt'])
      .default('exponential')
      .describe('WSD: shape of the final decay.'),
    start_wd: z
      .nullable(rate())
      .optional()
      .describe('Weight decay at the start; null: optimizer.weight_decay.'),
    end_wd: z
      .nullable(rate())
      .optional()
      .describe('Weight decay at the end; null: optimizer.weight_decay.'),
    wd_incr_steps: z.nullable(count()).optional(),
    wd_incr_style: z.enum(['constant', 'linear', 'cosine']).default('constant'),
    override_opt_param_scheduler: ignored(z.boolean(), 'a resumed run follows its recipe'),
    use_checkpoint_opt_param_scheduler: ignored(z.boolean(), 'a resumed run follows its recipe'),
  }),
).superRefine((section, context) => {
  const problem = (key: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message });
  const {
    lr_decay_style: style,
    lr_warmup_steps: warmup,
    lr_decay_steps: decay,
    max_lr: max,
    min_lr: min,
    init_lr: init,
  } = section;
  if (style === 'WSD' && section.wsd_decay_steps === null)
    problem('wsd_decay_steps', 'is needed for lr_decay_style WSD');
  if (warmup !== null && decay !== null && warmup >= decay)
    problem('lr_warmup_steps', `${warmup} must be below lr_decay_steps ${decay}`);
  if (max !== null && min !== null && min > max) problem('min_lr', `${min} is above max_lr ${max}`);
  if (max !== null && init !== null && init > max)
    problem('init_lr', `${init} is above max_lr ${max}`);
});

export const clipGradNormSchema = z.strictObject({
  max_norm: z
    .nullable(z.number().positive())
    .default(1)
    .describe('Maximum norm of the gradient, the 2-norm over all parameters; null: no clipping.'),
  norm_type: only([2], 'the norm is the 2-norm').optional(),
});

export const lossSchema = named(
  'loss',
  z.strictObject({
    type: z.enum(['masked_cross_entropy']).default('masked_cross_entropy'),
    ignore_index: only([-100], 'labels that are not trained are -100').optional(),
    reduction: only(
      ['sum', 'mean'],
      'the loss is the mean over the trained tokens of a global batch',
    ).optional(),
    logit_softcapping: only(
      [null, 0],
      "the model's config.json says whether logits are capped",
    ).optional(),
    fp32_upcast: ignored(z.boolean(), 'losses are always computed in 32 bits'),
    chunk_len: ignored(z.int(), 'the logits are never held as a whole'),
    compile: ignored(z.boolean(), 'the step is always compiled'),
  }),
);
