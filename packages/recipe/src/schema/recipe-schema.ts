// The whole recipe: NeMo's sections and key names, and a few of our own. One schema checks YAML
// files, command-line overrides and objects, and describes itself to editors as JSON Schema.
import { z } from 'zod';
import { ignored, named, only } from './sections/field-types.js';
import { checkpointSchema } from './sections/checkpoint.js';
import { dataloaderSchema, validationDataloaderSchema } from './sections/dataloader.js';
import { datasetSchema, type ResolvedMixture } from './sections/dataset.js';
import type { ResolvedSection } from './sections/resolved-section.js';
import { packedSequenceSchema } from './sections/packed-sequence.js';
import { distEnvSchema, distributedSchema, rngSchema } from './sections/distributed.js';
import { backendSchema, evaluationSchema, memorySchema } from './sections/evaluation.js';
import { exportSchema } from './sections/export.js';
import { lrFindSchema } from './sections/lr-find.js';
import { modelSchema, tokenizerSchema } from './sections/model.js';
import {
  clipGradNormSchema,
  lossSchema,
  lrSchedulerSchema,
  optimizerSchema,
} from './sections/optimizer.js';
import { peftSchema } from './sections/peft.js';
import { quantizationSchema } from './sections/quantization.js';
import { earlyStoppingSchema } from './sections/early-stopping.js';
import { stepSchedulerSchema } from './sections/step-scheduler.js';
import { mlflowSchema, tensorboardSchema, wandbSchema } from './sections/trackers.js';

/** Prefix of further, named validation sets: `validation_dataset_code: ...`. */
export const NAMED_VALIDATION_PREFIX = 'validation_dataset_';

const compileBecause = 'the step is always compiled';

export const recipeSchema = z.strictObject({
  recipe: named('recipe', z.enum(['TrainFinetuneRecipeForNextTokenPrediction'])).default(
    'TrainFinetuneRecipeForNextTokenPrediction',
  ),
  seed: z.int().nonnegative().default(42).describe('Seeds shuffling, dropout and random weights.'),
  model: modelSchema,
  tokenizer: tokenizerSchema.optional(),
  peft: z.nullable(peftSchema).default(null).describe('Absent: all weights are trained.'),
  quantization: z
    .nullable(quantizationSchema)
    .default(null)
    .describe('How the frozen weights below an adapter are held; absent: as they are stored.'),
  precision: z
    .enum(['auto', 'f32', 'bf16', 'bf16_pure'])
    .default('auto')
    .describe(
      'bf16: bf16 compute with f32 master weights, gradients and moments; bf16_pure: bf16 ' +
        "weights and moments; auto: model.torch_dtype, else the checkpoint's dtype.",
    ),
  dataset: datasetSchema,
  validation_dataset: z.nullable(datasetSchema).optional(),
  packed_sequence: z
    .nullable(packedSequenceSchema)
    .default(null)
    .transform((section) => section ?? packedSequenceSchema.parse({})),
  dataloader: dataloaderSchema.prefault({}),
  validation_dataloader: z.nullable(validationDataloaderSchema).optional(),
  step_scheduler: stepSchedulerSchema.prefault({}),
  optimizer: optimizerSchema,
  lr_scheduler: z
    .nullable(lrSchedulerSchema)
    .default(null)
    .describe('Absent: the learning rate is constant.'),
  clip_grad_norm: clipGradNormSchema.prefault({}),
  loss_fn: lossSchema.prefault({}),
  lr_find: lrFindSchema,
  early_stopping: z
    .nullable(earlyStoppingSchema)
    .default(null)
    .describe('End training when the validation loss no longer falls; absent: at the last step.'),
  checkpoint: checkpointSchema.prefault({}),
  distributed: distributedSchema.prefault({}),
  dist_env: distEnvSchema.prefault({}),
  rng: rngSchema.optional(),
  evaluation: z.nullable(evaluationSchema).default(null),
  export: z.nullable(exportSchema).default(null).describe('Take what was trained to another tool.'),
  memory: memorySchema.prefault({}),
  backend: backendSchema.prefault({}),
  tensorboard: z
    .nullable(tensorboardSchema)
    .default(null)
    .describe('Follow the run in TensorBoard.'),
  mlflow: z.nullable(mlflowSchema).default(null).describe('Follow the run in MLflow.'),
  wandb: z.nullable(wandbSchema).default(null).describe('Follow the run in Weights & Biases.'),
  plugins: z
    .array(z.string().min(1))
    .default([])
    .describe('Installed packages to load besides those the run finds by itself.'),
  compile: ignored(z.looseObject({}), compileBecause),
  ci: ignored(z.looseObject({}), "these are settings of NeMo's own tests"),
  prewarm: ignored(z.looseObject({}), 'it warms up GPU kernels'),
  separate_meshes: ignored(z.boolean(), 'one model is trained'),
  longalign: only([null, false], 'LongAlign batching is not available').optional(),
  nvtx: ignored(z.boolean(), 'it marks ranges for a GPU profiler'),
  mfu: ignored(z.looseObject({}), 'utilisation is reported by `automodel bench`'),
});

export type { ResolvedMixture, ResolvedSection };

/** A data set section as written. */
export type DatasetInput = z.input<typeof datasetSchema>;
/** A data set section after checking, with defaults filled in: one data set, or several mixed. */
export type ResolvedDataset = ResolvedSection | ResolvedMixture;

/** A recipe as data, in snake_case: what a YAML file holds and what `finetune(recipe)` takes. */
export type Recipe = z.input<typeof recipeSchema> & {
  readonly [name in `validation_dataset_${string}`]?: DatasetInput | null;
};

/**
 * A checked recipe with all defaults. `validation_datasets` holds every validation set by name; the
 * plain one is `default`.
 */
export type ResolvedRecipe = Omit<z.output<typeof recipeSchema>, 'validation_dataset'> & {
  readonly validation_datasets: Readonly<Record<string, ResolvedDataset>>;
};
