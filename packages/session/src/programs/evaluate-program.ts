// `evaluate` and `logits`: forward programs. Evaluation gives each token's loss (without logits in
// memory for hand-written models); logits are for verification and for small batches.
import type { Capacity } from '@automodel/contracts';
import type { Graph } from '@automodel/core';
import { columnInput, SCALARS, TARGETS } from '../batch/batch-inputs.js';
import { forwardGraph, type ProgramSettings } from './forward.js';
import { logitsOf, lossOf } from './model-output.js';

/** Outputs: nll f32[T] (0 where the target is -100) and loss f32[] (their sum times `scale`). */
export function evaluateProgram(settings: ProgramSettings, capacity: Capacity): Graph {
  return forwardGraph('evaluate', settings, capacity, (trace, output) => {
    const targets = columnInput(trace, TARGETS, capacity);
    const { loss, nll } = lossOf(output, targets, trace.input('scalar', SCALARS.scale, [], 'f32'));
    trace.output('loss', loss);
    trace.output('nll', nll);
  }).graph;
}

/** Output: logits f32[T,V]. */
export function logitsProgram(settings: ProgramSettings, capacity: Capacity): Graph {
  return forwardGraph('logits', settings, capacity, (trace, output) =>
    trace.output('logits', logitsOf(output)),
  ).graph;
}
