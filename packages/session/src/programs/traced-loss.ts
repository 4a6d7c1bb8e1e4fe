// The forward pass with its loss, as a trace that is still open: training programs append gradients
// and states to it, and `trainedParameters` finds out which parameters the loss reaches.
import { isFloat, Trace, type Tensor } from '@automodel/core';
import type { Capacity, ModelOutput } from '@automodel/contracts';
import { columnInput, SCALARS, TARGETS } from '../batch/batch-inputs.js';
import { forwardGraph, type ForwardGraph, type ProgramSettings } from './forward.js';
import { lossOf } from './model-output.js';

/** f32[]: what a micro-batch adds to the loss; `targets` i32[T], `scale` f32[]. */
export type LossOfOutput = (output: ModelOutput, targets: Tensor, scale: Tensor) => Tensor;

/** A forward pass and its loss, to be extended. */
export interface TracedLoss {
  readonly trace: Trace;
  /** f32[] */
  readonly loss: Tensor;
  /** The trainable float parameters that the model reads, in the order of reading. */
  readonly parameters: readonly Tensor[];
  readonly structure: ForwardGraph['structure'];
}

const crossEntropyLoss: LossOfOutput = (output, targets, scale) =>
  lossOf(output, targets, scale).loss;

/** Traces one micro-batch up to its loss, with dropout. Errors: those of the loss. */
export function tracedLoss(
  name: string,
  settings: ProgramSettings,
  capacity: Capacity,
  trainable: (name: string) => boolean,
  lossOfOutput: LossOfOutput = crossEntropyLoss,
): TracedLoss {
  const forward = forwardGraph(
    name,
    settings,
    capacity,
    (trace, output) => {
      const targets = columnInput(trace, TARGETS, capacity);
      const scale = trace.input('scalar', SCALARS.scale, [], 'f32');
      trace.output('loss', lossOfOutput(output, targets, scale));
    },
    { training: true },
  );
  const trace = Trace.extend({ ...forward.graph, outputs: [] });
  const loss = trace.tensor(forward.graph.outputs[0]!.value);
  const parameters = forward.graph.inputs
    .filter((v) => v.input!.kind === 'parameter' && isFloat(v.dtype) && trainable(v.input!.name))
    .map((v) => trace.tensor(v));
  return { trace, loss, parameters, structure: forward.structure };
}
