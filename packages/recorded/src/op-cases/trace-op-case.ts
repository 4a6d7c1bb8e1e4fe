// One case as a graph: the operation on batch inputs, output `out`, and outputs `grad<k>` for the
// float inputs where the case has a cotangent.
import { applyRecordedOp } from '../ops/apply-recorded-op.js';
import {
  AutomodelError,
  formatShape,
  gradients,
  isFloat,
  mul,
  sameShape,
  sum,
  Trace,
  zerosLike,
  type Graph,
  type HostTensor,
  type Tensor,
} from '@automodel/core';
import type { OpCase } from './op-case.js';

export interface TracedCase {
  readonly graph: Graph;
  /** Inputs by name. */
  readonly feeds: ReadonlyMap<string, HostTensor>;
}

/**
 * Errors: an unknown op, operands or attributes it does not take, another type than the case
 * states, a missing tensor.
 */
export function traceOpCase(opCase: OpCase): TracedCase {
  const trace = new Trace(opCase.name);
  const feeds = new Map<string, HostTensor>();
  const leaves = new Map<string, Tensor>();
  const input = (name: string): Tensor => {
    const known = leaves.get(name);
    if (known !== undefined) return known;
    const data = opCase.tensors.get(name);
    if (data === undefined)
      throw new AutomodelError('bad-data', `ops.safetensors has no tensor ${opCase.name}.${name}`);
    feeds.set(name, data);
    const tensor = trace.input('batch', name, data.shape, data.dtype);
    leaves.set(name, tensor);
    return tensor;
  };
  const inputs = opCase.operands.map((operand) => {
    if (operand === null) return null;
    return 'tensor' in operand ? input(`in${operand.tensor}`) : operand.scalar;
  });
  trace.run(() => {
    const result = applyRecordedOp({
      op: opCase.op,
      inputs,
      attrs: opCase.attrs,
      shape: opCase.shape,
      dtype: opCase.dtype,
    });
    if (result.dtype !== opCase.dtype || !sameShape(result.shape, opCase.shape))
      throw new AutomodelError(
        'bad-shape',
        `the shape rules give ${result.dtype}${formatShape(result.shape)}, the case states ` +
          `${opCase.dtype}${formatShape(opCase.shape)}`,
      );
    trace.output('out', result);
    if (opCase.tensors.has('cotangent')) addGradients(trace, result, input('cotangent'), leaves);
  });
  return { graph: trace.finish(), feeds };
}

/** Zeros where no adjoint reaches an input. */
function addGradients(
  trace: Trace,
  result: Tensor,
  cotangent: Tensor,
  leaves: ReadonlyMap<string, Tensor>,
): void {
  const sources = [...leaves].filter(
    ([name, tensor]) => name.startsWith('in') && isFloat(tensor.dtype),
  );
  gradients(
    sum(mul(result, cotangent)),
    sources.map(([, tensor]) => tensor),
  ).forEach((gradient, i) => {
    const [name, source] = sources[i]!;
    trace.output(name.replace('in', 'grad'), gradient ?? zerosLike(source));
  });
}
