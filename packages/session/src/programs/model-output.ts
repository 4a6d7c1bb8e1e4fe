// Losses and logits from the result of a forward pass. Hand-written models stop before the last
// product, so that a loss needs no logits in memory; recorded graphs end in logits.
import type { ModelOutput } from '@automodel/contracts';
import {
  cast,
  crossEntropy,
  embedding,
  linear,
  linearCrossEntropy,
  mul,
  reshape,
  tanh,
  type Tensor,
} from '@automodel/core';

/** Rows of logits, token by token: [T,V]. */
const rowsOf = (logits: Tensor): Tensor =>
  reshape(logits, [logits.shape[0]! * logits.shape[1]!, logits.shape[2]!]);

/**
 * loss f32[]: scale * sum of token losses; nll f32[T]: each token's loss, 0 where the target is
 * -100.
 */
export function lossOf(
  output: ModelOutput,
  targets: Tensor,
  scale: Tensor,
): { readonly loss: Tensor; readonly nll: Tensor } {
  if ('logits' in output) return crossEntropy(rowsOf(output.logits), targets, scale);
  const { hidden, head } = output;
  return head.project === undefined
    ? linearCrossEntropy(hidden, head.weight, targets, scale, head.softcap)
    : crossEntropy(logitsOf(output), targets, scale);
}

/** f32[T,V], or f32[N,V] of the rows i32[N] asked for. */
export function logitsOf(output: ModelOutput, rows?: Tensor): Tensor {
  if ('logits' in output) {
    const logits = rowsOf(output.logits);
    return cast(rows === undefined ? logits : embedding(logits, rows), 'f32');
  }
  const { hidden, head } = output;
  const { project = (states: Tensor) => linear(states, head.weight) } = head;
  const raw = cast(project(rows === undefined ? hidden : embedding(hidden, rows)), 'f32');
  return head.softcap === 0 ? raw : mul(tanh(mul(raw, 1 / head.softcap)), head.softcap);
}
