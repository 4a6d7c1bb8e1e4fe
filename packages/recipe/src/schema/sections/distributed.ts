// distributed, dist_env and rng: how many processes share the work. One process runs here; a
// strategy of NeMo's that would wrap nothing in one process is accepted, as in NeMo, and named in a
// note. Any other strategy is a plugin's.
import { z } from 'zod';
import { ignored, named, only } from './field-types.js';

const oneProcess = 'one process runs';
const size = (what: string): z.ZodOptional<z.ZodType<1 | null, 1 | null>> =>
  only([1, null], `${what} is not available`).optional();
const wraps = 'in one process nothing is sharded';

const isSingle = (strategy: string): boolean =>
  ['none', 'single', 'ddp', 'fsdp2'].includes(strategy);

export const distributedSchema = named(
  'distributed',
  z.strictObject({
    type: z.enum(['distributed']).default('distributed'),
    strategy: z
      .nullable(z.string())
      .optional()
      .describe(
        'none, or the name of an installed strategy. single, ddp and fsdp2 wrap nothing in one ' +
          'process. Absent: none.',
      )
      .superRefine((strategy, context) => {
        if (strategy === 'megatron_fsdp')
          context.addIssue({
            code: 'custom',
            message: 'megatron_fsdp is not supported: leave strategy out to train in one process',
            params: { unsupported: true },
          });
      })
      .transform((strategy) => (isSingle(strategy ?? 'none') ? 'none' : strategy!)),
    dp_size: size('data parallelism over several processes'),
    dp_replicate_size: size('data parallelism over several processes'),
    tp_size: size('tensor parallelism'),
    pp_size: size('pipeline parallelism'),
    cp_size: size('context parallelism'),
    ep_size: size('expert parallelism'),
    activation_checkpointing: z
      .union([z.boolean(), z.enum(['full', 'selective'])])
      .default(false)
      .describe(
        'Recompute activations in the backward pass. memory.budget_gb recomputes only as much as ' +
          'needed.',
      ),
    activation_checkpointing_scope: ignored(z.unknown(), 'every layer is a language layer'),
    sequence_parallel: ignored(z.boolean(), wraps),
    defer_fsdp_grad_sync: ignored(z.boolean(), wraps),
    reshard_after_forward: ignored(z.boolean(), wraps),
    enable_async_tensor_parallel: ignored(z.boolean(), wraps),
    enable_fsdp2_prefetch: ignored(z.boolean(), wraps),
    enable_compile: ignored(z.boolean(), 'the step is always compiled'),
    mp_policy: ignored(
      named('precision-policy', z.looseObject({})),
      'it applies to sharded runs; set precision',
    ),
    offload_policy: ignored(z.unknown(), wraps),
    broadcast_buffers: ignored(z.boolean(), wraps),
    find_unused_parameters: ignored(z.boolean(), wraps),
    static_graph: ignored(z.boolean(), wraps),
    pipeline: ignored(z.unknown(), 'one process runs, without pipeline stages'),
    moe: ignored(z.unknown(), 'in one process experts are not sharded'),
    multimodal: ignored(z.unknown(), wraps),
    bucket_cap_mb: ignored(z.number(), wraps),
    gradient_as_bucket_view: ignored(z.boolean(), wraps),
  }),
);

export const distEnvSchema = z.strictObject({
  backend: ignored(z.string(), oneProcess),
  timeout_minutes: ignored(z.number(), oneProcess),
  init_method: ignored(z.string(), oneProcess),
});

const seeded = 'a run is seeded by the top-level key seed (NeMo ignores this one too)';

export const rngSchema = named(
  'rng',
  z.strictObject({
    type: z.enum(['stateful_rng']).default('stateful_rng'),
    seed: ignored(z.int(), seeded),
    ranked: ignored(z.boolean(), oneProcess),
    deterministic: ignored(z.boolean(), 'every run is deterministic'),
  }),
);
