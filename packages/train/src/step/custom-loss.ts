// A custom loss in place of the cross entropy: a function of logits and targets, traced into the
// training program and differentiated with it. It returns a number for each token; the program
// decides which tokens count and divides by the trained tokens of the global batch, so cutting a
// batch differently changes nothing.
import {
  AutomodelError,
  cast,
  formatShape,
  ge,
  maximum,
  mul,
  sum,
  Tensor,
  where,
} from '@automodel/core';
import type { ModelOutput } from '@automodel/contracts';
import { logitsOf } from '@automodel/session';

/**
 * The inputs of a loss function: a micro-batch of T tokens. Unlike the built-in cross entropy, it
 * needs all logits in memory.
 */
export interface LossInputs {
  /** f32[T,V], after the model's own cap on logits. */
  readonly logits: Tensor;
  /** i32[T]: the id that each token's logits should predict; 0 where nothing is trained. */
  readonly targets: Tensor;
  /** bool[T]: which tokens are trained. The losses of the others are left out. */
  readonly trained: Tensor;
}

/** Returns the loss of each token, f32[T], computed with ops that have gradients. */
export type LossFunction = (inputs: LossInputs) => Tensor;

/**
 * f32[]: scale * sum of the losses of trained tokens. Errors: `bad-shape` naming the function if it
 * returns something other than a number for each token.
 */
export function customLoss(
  loss: LossFunction,
  output: ModelOutput,
  targets: Tensor,
  scale: Tensor,
): Tensor {
  const tokens = targets.shape[0]!;
  const trained = ge(targets, 0);
  const losses: unknown = targets.trace.within(nameOf(loss), () =>
    loss({ logits: logitsOf(output), targets: maximum(targets, 0), trained }),
  );
  if (!(losses instanceof Tensor))
    throw new AutomodelError('bad-argument', `${nameOf(loss)} returns no tensor`, {
      hint: 'return the loss of each token, f32[T]',
    });
  if (losses.rank !== 1 || losses.shape[0] !== tokens || losses.dtype !== 'f32') {
    throw new AutomodelError(
      'bad-shape',
      `${nameOf(loss)} returns ${losses.dtype}${formatShape(losses.shape)}, expected ` +
        `f32[${tokens}]`,
      {
        hint:
          'return the loss of each token; the program sums over the trained tokens and divides ' +
          'by their number',
      },
    );
  }
  return mul(cast(sum(where(trained, losses, 0)), 'f32'), scale);
}

/** Its name in errors and printed programs. */
export const nameOf = (loss: LossFunction): string =>
  loss.name === '' || loss.name === 'loss' ? 'loss' : `loss ${loss.name}`;
