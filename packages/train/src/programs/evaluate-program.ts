// `evaluate` and `logits`: forward programs. Evaluation gives each token's loss without logits in memory; logits are for verification and for small batches.
import { linear, linearCrossEntropy, mul, tanh, cast, type Graph } from '@automodel/core';
import { BATCH, type Capacity } from './batch-inputs.js';
import { forwardGraph, type ProgramSettings } from './forward.js';

/** Outputs: nll f32[T] (0 where the target is -100) and loss f32[] (their sum times `scale`). */
export function evaluateProgram(settings: ProgramSettings, capacity: Capacity): Graph {
  return forwardGraph('evaluate', settings, capacity, (trace, { hidden, head }) => {
    const targets = trace.input('batch', BATCH.targets, [capacity.tokens], 'i32');
    const { loss, nll } = linearCrossEntropy(hidden, head.weight, targets, trace.input('scalar', BATCH.scale, [], 'f32'), head.softcap);
    trace.output('loss', loss);
    trace.output('nll', nll);
  }).graph;
}

/** Output: logits f32[T,V]. */
export function logitsProgram(settings: ProgramSettings, capacity: Capacity): Graph {
  return forwardGraph('logits', settings, capacity, (trace, { hidden, head }) => {
    const raw = cast(linear(hidden, head.weight), 'f32');
    trace.output('logits', head.softcap === 0 ? raw : mul(tanh(mul(raw, 1 / head.softcap)), head.softcap));
  }).graph;
}
