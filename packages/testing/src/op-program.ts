// A graph that applies an op once to a sample, and data for its inputs.
import {
  AutomodelError,
  permute,
  Trace,
  verifyGraph,
  type Graph,
  type HostTensor,
  type OpDefinition,
  type OpSample,
  type Tensor,
} from '@automodel/core';
import { randomNumbers, sampleTensor } from './sample-tensor.js';

export const wrong = (op: OpDefinition, what: string): AutomodelError =>
  new AutomodelError('bad-graph', `op ${op.name}: ${what}`);

export interface Program {
  readonly trace: Trace;
  readonly operands: readonly (Tensor | undefined)[];
  readonly outputs: readonly Tensor[];
  readonly feeds: Map<string, HostTensor>;
}

export const inputName = (i: number): string => `operand${i}`;

/**
 * A trace that applies the op once to inputs of the sample's types, and data for them. Strided
 * operands are stored with reversed dimensions and seen through a permute.
 */
export function program(op: OpDefinition, sample: OpSample, strided = false): Program {
  const trace = new Trace(op.name);
  const random = randomNumbers(1);
  const feeds = new Map<string, HostTensor>();
  const operands = sample.inputs.map((operand, i) => {
    if (operand === null) return undefined;
    const data = sampleTensor(operand, random);
    const shape = strided ? data.shape.toReversed() : data.shape;
    feeds.set(inputName(i), { ...data, shape });
    const tensor = trace.input('batch', inputName(i), shape, data.dtype);
    return strided
      ? permute(
          tensor,
          shape.map((_, axis) => shape.length - 1 - axis),
        )
      : tensor;
  });
  return {
    trace,
    operands,
    outputs: trace.run(() => trace.apply(op, operands, sample.attrs)),
    feeds,
  };
}

/** The graph so far with these outputs, verified. */
export function finish(trace: Trace, outputs: readonly Tensor[]): Graph {
  outputs.forEach((tensor, i) => trace.output(`result${i}`, tensor));
  const graph = trace.finish();
  verifyGraph(graph);
  return graph;
}
