// What can be chosen about a step, what a micro-batch says about its part in it, and its results.
import { AutomodelError } from '@automodel/core';
import type { ModelSession } from '@automodel/session';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { LossFunction } from './custom-loss.js';

/** How a step minimises the loss. */
export interface TrainingOptions {
  readonly optimizer: Optimizer;
  /** Gradients longer than this are scaled down to it; Infinity: no clipping. */
  readonly maxNorm: number;
  /**
   * What steps minimise and report, in place of the mean cross entropy of trained tokens.
   * Validation still uses cross entropy.
   */
  readonly loss?: LossFunction | undefined;
  /**
   * Updates each parameter as soon as its gradient is complete, so that gradients never exist
   * together. For steps of one micro-batch in one process, without clipping.
   */
  readonly optimizerInBackward?: boolean | undefined;
}

/** The results of one update. */
export interface UpdateResult {
  /** Token mean over the global batch, before the update. */
  readonly loss: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /**
   * False: loss or norm is not finite and nothing was written; with the optimizer in the backward
   * pass, where only the norm is not finite, a part of the weights was.
   */
  readonly finite: boolean;
  /** Whether any rank wants to stop after this step. */
  readonly stop: boolean;
}

/** How a micro-batch takes part in a step. */
export interface MicroOptions {
  /** 1 / trained tokens of the global batch. */
  readonly scale: number;
  /** Overwrites what earlier micro-batches have added up. */
  readonly first: boolean;
  /** Completes the gradients of the step; default true. */
  readonly last?: boolean;
  /** Looks for the first non-finite value: slow. */
  readonly scan?: boolean;
  /**
   * What dropout draws from: the run's seed, and the micro-batch's own number in the run. Default
   * 0, 0.
   */
  readonly draw?: { readonly seed: number; readonly number: number } | undefined;
}

/** Errors: `bad-argument` or `unsupported` where the optimizer cannot be in the backward pass. */
export function checkInBackward({ maxNorm }: TrainingOptions, { parallelism }: ModelSession): void {
  if (maxNorm !== Infinity)
    throw new AutomodelError(
      'bad-argument',
      'an optimizer in the backward pass cannot clip: the norm is known after the last update',
      { hint: 'set maxNorm to Infinity' },
    );
  if (parallelism.mesh.size > 1)
    throw new AutomodelError('unsupported', 'an optimizer in the backward pass is for one process');
}
