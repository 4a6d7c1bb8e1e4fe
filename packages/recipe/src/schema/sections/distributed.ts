// distributed, dist_env and rng: how the processes of a run share its work and find each other. How
// many there are is not part of a recipe: whoever starts them says so. In one process NeMo's
// strategies wrap nothing. Any other strategy is a plugin's.
import { z } from 'zod';
import { ignored, named, only, positiveInteger } from './field-types.js';

const size = (what: string): z.ZodOptional<z.ZodType<1 | null, 1 | null>> =>
  only([1, null], `${what} is not available yet`).optional();

const flag = (text: string): z.ZodOptional<z.ZodNullable<z.ZodBoolean>> =>
  z.boolean().nullable().optional().describe(text);

const STRATEGY = `none: one process. ddp: every process holds the whole model. fsdp2: each holds a
part of every parameter. Or the name of an installed strategy. In one process ddp and fsdp2 wrap
nothing. Absent: fsdp2 where several processes run.`.replaceAll('\n', ' ');

const CHECKPOINTING = `What is recomputed in the backward pass in place of being kept. true or full:
every layer. selective: results of norms, activations and the like. false: nothing. Absent: those
results where that takes at most about 2 % of the time and lowers the peak. memory.budget_gb
recomputes more than this if it has to.`.replaceAll('\n', ' ');

const RESHARD = `fsdp2: whether weights that were gathered are freed after the forward pass and
gathered again in the backward pass; a number: within groups of so many processes, which keep one
copy between them. Absent: true.`.replaceAll('\n', ' ');

const precisionPolicy = named(
  'precision-policy',
  z.strictObject({
    type: z.enum(['mixed_precision']).default('mixed_precision'),
    param_dtype: z
      .string()
      .nullable()
      .optional()
      .describe('In which dtype matrices are gathered. Absent: the one in which they are read.'),
    reduce_dtype: z.string().nullable().optional().describe('float32.'),
    output_dtype: ignored(z.string(), 'precision says in what the model computes'),
    cast_forward_inputs: ignored(z.boolean(), 'precision says in what the model computes'),
  }),
).transform(({ param_dtype, reduce_dtype }) => ({ param_dtype, reduce_dtype }));

export const distributedSchema = named(
  'distributed',
  z.strictObject({
    type: z.enum(['distributed', 'ddp']).default('distributed'),
    strategy: z
      .nullable(z.string())
      .optional()
      .describe(STRATEGY)
      .superRefine((strategy, context) => {
        if (strategy === 'megatron_fsdp')
          context.addIssue({
            code: 'custom',
            message: 'megatron_fsdp is not supported: use fsdp2',
            params: { unsupported: true },
          });
      }),
    dp_size: positiveInteger()
      .nullable()
      .optional()
      .describe('Number of processes that read different data: all that run. Absent: that number.'),
    dp_replicate_size: positiveInteger()
      .nullable()
      .optional()
      .describe(
        'fsdp2: number of copies of the model, each cut over dp_size / dp_replicate_size ' +
          'processes (HSDP). Absent: 1.',
      ),
    tp_size: size('tensor parallelism'),
    pp_size: size('pipeline parallelism'),
    cp_size: size('context parallelism'),
    ep_size: size('expert parallelism'),
    activation_checkpointing: z
      .union([z.boolean(), z.enum(['full', 'selective'])])
      .nullable()
      .optional()
      .describe(CHECKPOINTING),
    activation_checkpointing_scope: ignored(z.unknown(), 'every layer is a language layer'),
    sequence_parallel: ignored(z.boolean(), 'tp_size is 1'),
    tp_plan: ignored(z.unknown(), 'tp_size is 1'),
    autocast_dtype: ignored(z.string(), 'precision says in what the model computes'),
    patch_is_packed_sequence: ignored(z.boolean(), 'it mends transformers, which is not used'),
    backend: ignored(z.string(), 'dist_env.backend says how processes exchange tensors'),
    defer_fsdp_grad_sync: flag(
      'fsdp2: keep whole gradients and reduce them once a step, in place of after each ' +
        'micro-batch. Absent: false.',
    ),
    reshard_after_forward: z
      .union([z.boolean(), positiveInteger()])
      .nullable()
      .optional()
      .describe(RESHARD),
    enable_async_tensor_parallel: ignored(z.boolean(), 'tp_size is 1'),
    enable_fsdp2_prefetch: flag(
      'fsdp2: gather the weights of a layer while the one before computes. Absent: true.',
    ),
    fsdp2_forward_prefetch_depth: ignored(z.int(), 'one unit is gathered ahead'),
    fsdp2_backward_prefetch_depth: ignored(z.int(), 'one unit is gathered ahead'),
    enable_compile: ignored(z.boolean(), 'the step is always compiled'),
    mp_policy: precisionPolicy
      .nullable()
      .optional()
      .describe('fsdp2: dtypes of what is exchanged.'),
    offload_policy: z
      .union([z.boolean(), z.looseObject({})])
      .nullable()
      .optional()
      .describe('fsdp2: keep optimizer states in the memory of the host, where a CPU has them.'),
    broadcast_buffers: ignored(z.boolean(), 'models have no buffers that training changes'),
    find_unused_parameters: ignored(z.boolean(), 'programs know which gradients there are'),
    static_graph: ignored(z.boolean(), 'every program is fixed'),
    pipeline: ignored(z.unknown(), 'pp_size is 1'),
    moe: ignored(z.unknown(), 'experts are placed as other parameters are'),
    multimodal: ignored(z.unknown(), 'language models have no other parts'),
    bucket_cap_mb: z
      .number()
      .positive()
      .nullable()
      .optional()
      .describe('ddp: gradients travel together up to this size. Absent: 25.'),
    gradient_as_bucket_view: ignored(z.boolean(), 'gradients are added up where they are'),
  }),
).transform(({ type, strategy, ...rest }) => ({
  ...rest,
  strategy: strategy ?? (type === 'ddp' ? type : undefined),
}));

const ENGINE = `How processes exchange tensors: shared-memory (on one machine; the default of the
CPU) or mpi. nccl and gloo, which recipes of NeMo name, mean the default where a backend does not
have them.`.replaceAll('\n', ' ');

export const distEnvSchema = z.strictObject({
  backend: z.string().min(1).nullable().default(null).describe(ENGINE),
  timeout_minutes: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('After how long a process that does not answer ends the run. Absent: 10.'),
  init_method: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Where the first process is: env:// or tcp://HOST:PORT. Absent: env://.'),
});

const seeded = 'a run is seeded by the top-level key seed (NeMo ignores this one too)';

export const rngSchema = named(
  'rng',
  z.strictObject({
    type: z.enum(['stateful_rng']).default('stateful_rng'),
    seed: ignored(z.int(), seeded),
    ranked: ignored(z.boolean(), 'dropout draws by the number of the micro-batch in the run'),
    deterministic: ignored(z.boolean(), 'every run is deterministic'),
  }),
);
