// From recipe sections to what the training loop takes: the same settings under the library's
// names.
import type { Interceptor, Parallelism } from '@automodel/contracts';
import {
  adam,
  adamw,
  constantSchedule,
  optimizerParamSchedule,
  perStep,
  sgd,
  StepScheduler,
  type LossFunction,
  type Optimizer,
  type PlanReport,
  type Schedule,
  type ScheduleOptions,
  type TrainingOptions,
  type TrainOptions,
} from '@automodel/train';
import { interceptorsOf, type SessionAdapter } from '@automodel/session';
import { AutomodelError } from '@automodel/core';
import type { ResolvedRecipe } from '@automodel/recipe';
import type { OpenedRun } from './opened-run.js';
import type { KindOfWork } from '../machine/seen-speed.js';

/**
 * The optimizer of a recipe. Adam without weight decay equals AdamW, whose update is one kernel.
 * Errors: `unsupported` for settings without an implementation.
 */
export function optimizerOf({
  optimizer: section,
  lr_scheduler: schedule,
}: ResolvedRecipe): Optimizer {
  if (section.type !== 'sgd') {
    const decays =
      section.weight_decay !== 0 ||
      (schedule?.start_wd ?? 0) !== 0 ||
      (schedule?.end_wd ?? 0) !== 0;
    return (section.type === 'adam' && decays ? adam : adamw)({
      betas: section.betas,
      eps: section.eps,
    });
  }
  if (section.dampening !== 0)
    throw new AutomodelError(
      'unsupported',
      `optimizer.dampening ${section.dampening} is not supported: use 0`,
    );
  return sgd({ momentum: section.momentum, nesterov: section.nesterov });
}

/** How steps minimise the loss. Errors: as `optimizerOf`. */
export const trainingOptionsOf = (
  recipe: ResolvedRecipe,
  loss: LossFunction | undefined,
): TrainingOptions => ({
  optimizer: optimizerOf(recipe),
  maxNorm: recipe.clip_grad_norm.max_norm ?? Infinity,
  loss,
  optimizerInBackward: recipe.memory.optimizer_in_backward,
});

/** The schedule that the section lr_scheduler describes; undefined without one. */
export function scheduleOptionsOf(
  { optimizer, lr_scheduler: section }: ResolvedRecipe,
  totalSteps: number,
): ScheduleOptions | undefined {
  if (section === null) return undefined;
  return {
    lr: optimizer.lr,
    weightDecay: optimizer.weight_decay,
    totalSteps,
    lrDecayStyle: section.lr_decay_style,
    lrWarmupSteps: section.lr_warmup_steps,
    lrDecaySteps: section.lr_decay_steps,
    initLr: section.init_lr,
    maxLr: section.max_lr,
    minLr: section.min_lr,
    wsdDecaySteps: section.wsd_decay_steps,
    lrWsdDecayStyle: section.lr_wsd_decay_style,
    startWd: section.start_wd,
    endWd: section.end_wd,
    wdIncrSteps: section.wd_incr_steps,
    wdIncrStyle: section.wd_incr_style,
  };
}

/** Learning rate and weight decay by step. Errors: `bad-argument` for bounds that do not fit. */
export function scheduleOf(recipe: ResolvedRecipe, totalSteps: number): Schedule {
  const options = scheduleOptionsOf(recipe, totalSteps);
  const { lr, weight_decay: weightDecay } = recipe.optimizer;
  return options === undefined
    ? constantSchedule(lr, weightDecay)
    : optimizerParamSchedule(options);
}

/** The settings with the learning rate that a range test found; undefined: as they are. */
export const withLearningRate = (
  recipe: ResolvedRecipe,
  settings: TrainOptions,
  learningRate: number | undefined,
): TrainOptions =>
  learningRate === undefined
    ? settings
    : {
        ...settings,
        schedule: scheduleOf(
          { ...recipe, optimizer: { ...recipe.optimizer, lr: learningRate } },
          settings.scheduler.totalSteps,
        ),
      };

/** When a run ends, saves and validates. */
export function stepSchedulerOf(
  { step_scheduler: section }: ResolvedRecipe,
  stepsPerEpoch: number,
): StepScheduler {
  return new StepScheduler(
    {
      numEpochs: section.num_epochs,
      maxSteps: section.max_steps,
      ckptEverySteps: section.ckpt_every_steps,
      saveCheckpointEveryEpoch: section.save_checkpoint_every_epoch,
      valEverySteps: section.val_every_steps,
    },
    stepsPerEpoch,
  );
}

/** Number of tensors that the optimizer keeps for each trained one. */
export function optimizerStatesOf({ optimizer }: ResolvedRecipe): number {
  if (optimizer.type !== 'sgd') return 2;
  return optimizer.momentum === 0 ? 0 : 1;
}

/** Micro-batches of a full step on each process. */
export async function microBatchesOf(
  run: Pick<OpenedRun, 'recipe' | 'model' | 'parallelism'>,
): Promise<number> {
  const { global_batch_size: global, local_batch_size: local } = run.recipe.step_scheduler;
  const { batch } = await run.model();
  const { mesh } = await run.parallelism();
  return Math.ceil(global / ((batch.rectangle?.rows ?? local) * mesh.data.size));
}

/** The work of a step, as speeds are kept by. */
export function workOf(
  { device, precision, programs }: PlanReport,
  { peft, backend }: Pick<ResolvedRecipe, 'peft' | 'backend'>,
  microBatches: number,
): KindOfWork {
  return {
    device: `${device}, ${backend.threads ?? 'all'} threads`,
    precision,
    trained: peft?.type ?? 'full',
    flops: perStep(programs, microBatches, ({ flops }) => flops),
  };
}

/** What decides which parameters are trained, and how they are read. */
export interface TrainedOf {
  readonly adapter: SessionAdapter | undefined;
  readonly parallelism: Parallelism;
}

/** The same as options of the library. */
export const trainedOf = ({
  adapter: own,
  parallelism,
}: TrainedOf): {
  readonly trainable: (name: string) => boolean;
  readonly interceptors: readonly Interceptor[];
} => ({
  trainable: own === undefined ? () => true : (name) => own.adapter.owns(name),
  interceptors: interceptorsOf(parallelism, own === undefined ? [] : [own.adapter.interceptor]),
});
