// The cost of ops that state none: one operation per output element, every operand read and every
// output written once. Views move nothing.
import type { Node, TensorType } from '../../graph/graph.js';
import { bytesOf } from '../../tensor/dtype.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Cost } from './define-op.js';

const bytes = (types: readonly (TensorType | undefined)[]): number =>
  types.reduce((sum, t) => sum + (t === undefined ? 0 : sizeOf(t.shape) * bytesOf(t.dtype)), 0);

/** flops = output elements, bytes = operands + outputs. */
export const defaultCost = (
  inputs: readonly (TensorType | undefined)[],
  outputs: readonly TensorType[],
): Cost => ({
  flops: outputs.reduce((sum, t) => sum + sizeOf(t.shape), 0),
  bytes: bytes(inputs) + bytes(outputs),
});

/** Memory traffic only, for ops with one output that move data. */
export const copyCost = (_operands: unknown, { y }: { readonly y: TensorType }): Cost => ({
  flops: 0,
  bytes: 2 * bytes([y]),
});

/** The cost that a node's op states, or the default. */
export const costOf = (node: Node): Cost =>
  node.op.view === true
    ? { flops: 0, bytes: 0 }
    : node.op.cost(node.inputs, node.outputs, node.attrs);
