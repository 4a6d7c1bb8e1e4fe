// What an op costs where it does not say otherwise: one operation for each element that it writes,
// every operand read and every written result written once, each in its own dtype. Views move
// nothing. A result that nobody reads and that the kernel leaves out is not written: its type is
// undefined here.
import type { Node, TensorType } from '../../graph/graph.js';
import { bytesOf } from '../../tensor/dtype.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Cost } from './cost.js';

type Types = readonly (TensorType | undefined)[];

/** Elements of tensors of these types; absent ones have none. */
export const elementsOf = (types: Types): number =>
  types.reduce((sum, t) => sum + (t === undefined ? 0 : sizeOf(t.shape)), 0);

/** Bytes of tensors of these types; absent ones have none. */
export const totalBytes = (types: Types): number =>
  types.reduce((sum, t) => sum + (t === undefined ? 0 : sizeOf(t.shape) * bytesOf(t.dtype)), 0);

/** One operation for each element of the written results. */
export const defaultFlops = (written: Types): number => elementsOf(written);

/** Every operand read once, every written result written once. */
export const defaultBytes = (inputs: Types, written: Types): number =>
  totalBytes(inputs) + totalBytes(written);

/** Operations of an op that only moves elements. */
export const noFlops = (): number => 0;

/** Bytes of an op that reads of `source` only the elements of `y`, which `positions` name. */
export const selectionBytes = (
  source: TensorType,
  positions: readonly TensorType[],
  y: TensorType,
): number => totalBytes([...positions, { shape: y.shape, dtype: source.dtype }, y]);

/** The cost of `node`; `written`: types of its results, undefined for those that are left out. */
export const costOf = (node: Node, written: Types = node.outputs): Cost =>
  node.op.view === true ? { flops: 0, bytes: 0 } : node.op.cost(node.inputs, written, node.attrs);
