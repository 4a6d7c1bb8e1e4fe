// Imports a recorded forward pass into a trace: parameters by their names in model.safetensors, module scopes kept, every stated shape and dtype checked against the shape rules.
import { applyRecordedOp, AutomodelError, formatShape, parseDType, sameShape, type DType, type Operand, type Tensor, type Trace } from '@automodel/core';
import { hostOperand, plainAttributes } from './parse-recorded-graph.js';
import type { RecordedGraph, RecordedNode, RecordedOperand } from './recorded-graph.js';

/** Where the graph's inputs and parameters come from, and what the parameters' storage dtype is (default: as recorded). */
export interface ImportOptions {
  readonly parameterDType?: (name: string) => DType;
}

/** Records the graph into `trace`; the result is the recorded output (logits). Inputs become batch inputs, parameters parameter inputs of the same names. */
export function importGraph(trace: Trace, graph: RecordedGraph, options: ImportOptions = {}): Tensor {
  const values = new Map<number, Tensor>();
  trace.run(() => {
    for (const node of graph.nodes) {
      if (values.has(node.id)) throw new AutomodelError('bad-graph', 'the id is used twice', { location: placeOf(node) });
      const tensor = trace.at(scopeOf(node), 'forward', () => build(trace, node, values, options));
      check(node, tensor);
      values.set(node.id, tensor);
    }
  });
  const output = values.get(graph.output);
  if (output === undefined) throw new AutomodelError('bad-graph', `graph.json: output ${graph.output} is not a node`);
  return output;
}

const placeOf = (node: RecordedNode): string => `graph.json: node ${node.id} (${node.op}) in ${scopeOf(node) || 'the top level'}`;

/** The innermost module path. */
const scopeOf = (node: RecordedNode): string => node.scope.filter((s) => !s.startsWith('@')).at(-1)?.split(':')[0] ?? '';

function build(trace: Trace, node: RecordedNode, values: ReadonlyMap<number, Tensor>, options: ImportOptions): Tensor {
  const dtype = parseDType(node.dtype);
  if (dtype === undefined) throw new AutomodelError('bad-graph', `dtype ${JSON.stringify(node.dtype)} is unknown`, { location: placeOf(node) });
  const attrs = plainAttributes(node.attrs ?? {});
  if (node.op === 'param') return trace.input('parameter', String(attrs['name']), node.shape, options.parameterDType?.(String(attrs['name'])) ?? dtype);
  if (node.op === 'input') return trace.input('batch', String(attrs['name']), node.shape, dtype);
  const operand = (reference: RecordedOperand): Operand | null => {
    if (reference === null) return null;
    if (typeof reference === 'object') return hostOperand(reference.c);
    const tensor = values.get(reference);
    if (tensor === undefined) throw new AutomodelError('bad-graph', `operand ${reference} is not defined before it`, { location: placeOf(node) });
    return tensor;
  };
  try {
    return applyRecordedOp({ op: node.op, inputs: node.in.map(operand), attrs, shape: node.shape, dtype });
  } catch (error) {
    if (error instanceof AutomodelError && error.location === undefined) throw new AutomodelError(error.code, error.message, { location: placeOf(node), hint: error.hint, cause: error });
    throw error;
  }
}

function check(node: RecordedNode, tensor: Tensor): void {
  const stated = node.op === 'param' ? tensor.dtype : parseDType(node.dtype);
  if (sameShape(tensor.shape, node.shape) && tensor.dtype === stated) return;
  throw new AutomodelError('bad-graph', `the shape rules give ${tensor.dtype}${formatShape(tensor.shape)}, the file states ${node.dtype}${formatShape(node.shape)}`, { location: placeOf(node) });
}
