// Views as arithmetic: where the elements of a reshaped, expanded, permuted or sliced tensor lie in
// the memory of the original. Nothing here copies;
// a reshape that strides cannot express is reported as such and the planner copies first.
import { AutomodelError } from '../error.js';
import type { AttributeValue, Node } from '../graph/graph.js';
import { contiguousStrides, sizeOf, type Shape } from '../tensor/shape.js';

/** Elements of a tensor within a storage. Strides and offset count elements. */
export interface View {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** The whole of a freshly written tensor. */
export const wholeView = (shape: Shape): View => ({
  shape,
  strides: contiguousStrides(shape),
  offset: 0,
});

/**
 * True when the elements lie one after the other in row-major order (strides of dimensions of size
 * 1 do not matter).
 */
export function isRowMajor(shape: Shape, strides: readonly number[]): boolean {
  if (sizeOf(shape) === 0) return true;
  const dense = contiguousStrides(shape);
  return shape.every((dim, i) => dim === 1 || strides[i] === dense[i]);
}

/** Number of elements from the first to one past the last that a view touches. */
export const spanOf = (shape: Shape, strides: readonly number[]): number =>
  sizeOf(shape) === 0 ? 0 : shape.reduce((end, dim, i) => end + (dim - 1) * strides[i]!, 1);

/**
 * The view that a node of a view op makes of its operand's view; undefined when strides cannot
 * express it. Errors: an op marked `view` that has no rule here.
 */
export function applyView(node: Node, source: View): View | undefined {
  const shape = node.outputs[0].shape;
  switch (node.op.name) {
    case 'reshape':
      return reshapeView(source, shape);
    case 'expand':
      return expandView(source, shape);
    case 'permute':
      return permuteView(source, integers(node, 'dims'));
    case 'slice':
      return sliceView(source, shape, integers(node, 'start'), integers(node, 'step'));
    default:
      throw new AutomodelError(
        'bad-graph',
        `op ${node.op.name} is marked as a view, but the planner has no rule for it`,
      );
  }
}

function integers(node: Node, name: string): readonly number[] {
  const value: AttributeValue | undefined = node.attrs[name];
  if (!Array.isArray(value))
    throw new AutomodelError(
      'bad-graph',
      `${node.op.name}: attribute ${name} must be a list of integers`,
    );
  return value as readonly number[];
}

function expandView(source: View, shape: Shape): View {
  const added = shape.length - source.shape.length;
  const strides = shape.map((dim, i) =>
    i < added || (source.shape[i - added] === 1 && dim !== 1) ? 0 : source.strides[i - added]!,
  );
  return { shape, strides, offset: source.offset };
}

function permuteView(source: View, dims: readonly number[]): View {
  const axes = dims.map((d) => (d < 0 ? d + source.shape.length : d));
  return {
    shape: axes.map((d) => source.shape[d]!),
    strides: axes.map((d) => source.strides[d]!),
    offset: source.offset,
  };
}

function sliceView(
  source: View,
  shape: Shape,
  start: readonly number[],
  step: readonly number[],
): View {
  let offset = source.offset;
  const strides = source.strides.map((stride, i) => {
    const from = start[i]! < 0 ? start[i]! + source.shape[i]! : start[i]!;
    if (shape[i]! > 0) offset += from * stride;
    return stride * (step[i] ?? 1);
  });
  return { shape, strides, offset: sizeOf(shape) === 0 ? source.offset : offset };
}

/**
 * Groups of old dimensions that merge into one run of memory are matched with groups of new
 * dimensions of the same size (as NumPy's no-copy reshape).
 */
function reshapeView(source: View, shape: Shape): View | undefined {
  if (isRowMajor(source.shape, source.strides))
    return { ...wholeView(shape), offset: source.offset };
  const old = source.shape.flatMap((dim, i) =>
    dim === 1 ? [] : [{ dim, stride: source.strides[i]! }],
  );
  const strides = new Array<number>(shape.length).fill(1);
  let [o, n] = [0, 0];
  while (o < old.length) {
    const [firstOld, firstNew] = [o, n];
    let [oldSize, newSize] = [old[o++]!.dim, shape[n++]!];
    while (oldSize !== newSize) {
      if (oldSize < newSize) oldSize *= old[o++]!.dim;
      else newSize *= shape[n++]!;
    }
    for (let i = firstOld; i + 1 < o; i++)
      if (old[i]!.stride !== old[i + 1]!.dim * old[i + 1]!.stride) return undefined;
    let stride = old[o - 1]!.stride;
    for (let i = n - 1; i >= firstNew; i--) {
      strides[i] = stride;
      stride *= shape[i]!;
    }
  }
  return { shape, strides, offset: source.offset };
}
