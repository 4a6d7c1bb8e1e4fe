// An optimizer as the update program sees it: which scalars it reads each step, which states a
// parameter needs, and the ops of one update.
import type { Tensor, Trace } from '@automodel/core';

/** 0-dimensional f32 inputs by name, and the results of clipping. */
export interface UpdateScalars {
  readonly [name: string]: Tensor;
  readonly clipScale: Tensor;
  readonly flag: Tensor;
}

/** An update rule for parameters. */
export interface Optimizer {
  readonly name: string;
  /** Declares the scalar inputs. */
  scalars(trace: Trace): Readonly<Record<string, Tensor>>;
  /** Their values at the update number `step` (from 1) with this learning rate and weight decay. */
  scalarValues(
    step: number,
    learningRate: number,
    weightDecay: number,
  ): ReadonlyMap<string, number>;
  /**
   * Records the update of one parameter: assigns the parameter and its states (named
   * `<state>.<parameter>`).
   */
  update(trace: Trace, parameter: Tensor, gradient: Tensor, scalars: UpdateScalars): void;
}
