// The gradient of a sample as a graph, and what it can be compared by.
import {
  gradients,
  isFloat,
  mul,
  sum,
  verifyGraph,
  type Graph,
  type HostTensor,
  type OpDefinition,
  type OpSample,
  type Tensor,
  type Trace,
} from '@automodel/core';
import { program, wrong } from './op-program.js';
import { randomNumbers, sampleTensor } from './sample-tensor.js';

export interface GradientProgram {
  /** Computes the adjoints: outputs `gradient0`, ... where there is one. */
  readonly graph: Graph;
  /** Computes the loss alone: output `loss`. */
  readonly forward: Graph;
  readonly feeds: Map<string, HostTensor>;
  /** The differentiated operands. */
  readonly wanted: readonly number[];
}

/**
 * What a sample's gradient can be compared by: nothing, central differences alone (its rule gives
 * no adjoint, they must be zero), or kernels as well. A check is only made where it compares
 * something; a program that cannot be built is left for the check to report.
 */
export function comparedGradients(op: OpDefinition, sample: OpSample): ComparedGradients {
  const known = compared.get(sample);
  if (known !== undefined) return known;
  const found = findComparedGradients(op, sample);
  compared.set(sample, found);
  return found;
}

type ComparedGradients = 'none' | 'differences' | 'with kernels';
/** Known by sample: a suite asks for each instruction set. */
const compared = new WeakMap<OpSample, ComparedGradients>();

function findComparedGradients(op: OpDefinition, sample: OpSample): ComparedGradients {
  try {
    const adjoints = gradientProgram(op, sample);
    if (adjoints === undefined) return 'none';
    return adjoints.graph.outputs.length === 0 ? 'differences' : 'with kernels';
  } catch {
    return 'with kernels';
  }
}

/**
 * The adjoints of loss = sum(cotangent * first output); undefined where the op or the sample has
 * nothing to differentiate.
 */
function gradientProgram(op: OpDefinition, sample: OpSample): GradientProgram | undefined {
  const { trace, operands, outputs, feeds } = program(op, sample);
  const wanted = (sample.differentiable ?? operands.map((_, i) => i)).filter(
    (i) => operands[i] !== undefined && isFloat(operands[i].dtype),
  );
  const first = outputs.find((tensor) => isFloat(tensor.dtype));
  if (wanted.length === 0 || first === undefined) return undefined;
  const loss = trace.run(() =>
    sum(mul(first, trace.input('batch', 'cotangent', first.shape, first.dtype))),
  );
  feeds.set(
    'cotangent',
    sampleTensor({ shape: first.shape, dtype: first.dtype }, randomNumbers(2)),
  );
  const forward = finishCopy(trace, loss);
  gradients(
    loss,
    wanted.map((i) => operands[i]!),
  ).forEach((tensor, k) => {
    if (tensor !== undefined) trace.output(`gradient${k}`, tensor);
  });
  const graph = trace.finish();
  verifyGraph(graph);
  return { graph, forward, feeds, wanted };
}

/** The same for a sample that must have something to differentiate. Errors: it has nothing. */
export function adjointsOf(op: OpDefinition, sample: OpSample): GradientProgram {
  const adjoints = gradientProgram(op, sample);
  if (adjoints === undefined) throw wrong(op, 'the sample has nothing to differentiate');
  return adjoints;
}

/** The trace so far as a graph of its own whose output is the loss. */
function finishCopy(trace: Trace, loss: Tensor): Graph {
  const graph = trace.finish();
  return { ...graph, outputs: [{ name: 'loss', value: loss.value }] };
}
