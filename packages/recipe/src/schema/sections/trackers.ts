// tensorboard, mlflow, wandb: where a run can be followed besides its own folder. Names are NeMo's
// where NeMo has them. Keys and passwords come from the environment only, so that no copy of a
// recipe holds them.
import { z } from 'zod';
import { ignored } from './field-types.js';

const name = (): z.ZodOptional<z.ZodNullable<z.ZodString>> => z.optional(z.nullable(z.string()));
const enable = z.boolean().optional().describe('false: as if the section were not there.');
const address = (variables: string): z.ZodOptional<z.ZodNullable<z.ZodString>> =>
  z.optional(
    z.nullable(
      z
        .string()
        .min(1)
        .refine(
          (text) => !/^[a-z]+:\/\/[^/]*@/i.test(text),
          `must not hold credentials: set ${variables}`,
        ),
    ),
  );

export const tensorboardSchema = z.strictObject({
  enable,
  log_dir: z
    .optional(z.nullable(z.string().min(1)))
    .describe('Folder of the event files; default: tensorboard in checkpoint_dir.'),
});

export const mlflowSchema = z.strictObject({
  enable,
  experiment_name: name().describe(
    'Made when there is none of that name; default automodel-experiment.',
  ),
  run_name: name().describe('Default: the name of checkpoint_dir.'),
  tracking_uri: address('MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD').describe(
    'http(s) address of the server; default: the variable MLFLOW_TRACKING_URI.',
  ),
  artifact_location: name().describe('Of an experiment that is made.'),
  tags: z.optional(
    z.nullable(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  ),
  resume: ignored(z.boolean(), 'every start is a run of its own'),
});

export const wandbSchema = z.strictObject({
  enable,
  project: name(),
  entity: name().describe('User or team; default: that of the API key.'),
  name: name().describe('Default: the name of checkpoint_dir.'),
  group: name(),
  job_type: name(),
  notes: name(),
  tags: z.optional(z.nullable(z.array(z.string()))),
  dir: name().describe('Where mode offline writes; default: wandb in checkpoint_dir.'),
  mode: z.enum(['online', 'offline', 'disabled']).optional(),
  base_url: address('WANDB_API_KEY').describe(
    'Default: the variable WANDB_BASE_URL, else https://api.wandb.ai.',
  ),
  save_dir: ignored(z.string(), 'mode offline writes to dir'),
});
