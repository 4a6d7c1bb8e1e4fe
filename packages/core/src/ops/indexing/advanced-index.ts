// NumPy's advanced indexing: integer tensors in named dimensions are broadcast together; the other
// dimensions are kept whole. Adjacent indexed dimensions are replaced in place by the broadcast
// dimensions; otherwise these come first. Negative indices count from the end.
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
import { categoryOf } from '../../tensor/dtype.js';
import type { HostTensor } from '../../tensor/host-tensor.js';
import {
  broadcastShapes,
  contiguousStrides,
  formatShape,
  normalizeAxis,
  type Shape,
} from '../../tensor/shape.js';
import { broadcastOffsets, stridedOffsets } from '../support/elements.js';

export type IndexAttributes = { readonly dims: readonly number[] };

interface Layout {
  readonly dims: readonly number[];
  /** Kept dimensions before and after the broadcast ones in the result. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly broadcast: Shape;
}

function layoutOf(
  op: string,
  shape: Shape,
  dims: readonly number[],
  indices: readonly Shape[],
): Layout {
  const axes = dims.map((dim) => normalizeAxis(op, dim, shape.length));
  if (axes.length === 0 || axes.length !== indices.length || new Set(axes).size !== axes.length)
    throw new AutomodelError(
      'bad-shape',
      `${op}: ${indices.length} indices for dimensions [${dims.join(',')}] of ` +
        `${formatShape(shape)}`,
    );
  const [first, last] = [Math.min(...axes), Math.max(...axes)];
  const adjacent = last - first + 1 === axes.length;
  const kept = shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  return {
    dims: axes,
    before: adjacent ? kept.filter((axis) => axis < first) : [],
    after: adjacent ? kept.filter((axis) => axis > last) : kept,
    broadcast: broadcastShapes(op, ...indices),
  };
}

/** The shape of x[..., index, ...]. Errors: indices that are not integers or do not broadcast. */
export function indexedShape(
  op: string,
  x: TensorType,
  indices: readonly TensorType[],
  dims: readonly number[],
): number[] {
  for (const index of indices)
    if (categoryOf(index.dtype) !== 'integer')
      throw new AutomodelError(
        'bad-argument',
        `${op}: indices must be integers, not ${index.dtype}`,
      );
  const { before, after, broadcast } = layoutOf(
    op,
    x.shape,
    dims,
    indices.map((index) => index.shape),
  );
  return [
    ...before.map((axis) => x.shape[axis]!),
    ...broadcast,
    ...after.map((axis) => x.shape[axis]!),
  ];
}

/**
 * For each element of x[..., index, ...], in order, its offset in a tensor of `shape`. Errors: an
 * index outside its dimension.
 */
export function indexedOffsets(
  op: string,
  shape: Shape,
  indices: readonly HostTensor[],
  dims: readonly number[],
): Uint32Array {
  const layout = layoutOf(
    op,
    shape,
    dims,
    indices.map((index) => index.shape),
  );
  const strides = contiguousStrides(shape);
  const pick = (axes: readonly number[]): Uint32Array =>
    stridedOffsets(
      axes.map((axis) => shape[axis]!),
      axes.map((axis) => strides[axis]!),
    );
  const chosen = stridedOffsets(
    layout.broadcast,
    layout.broadcast.map(() => 0),
  );
  indices.forEach((index, k) => {
    const axis = layout.dims[k]!;
    const size = shape[axis]!;
    const from = broadcastOffsets(index.shape, layout.broadcast);
    for (let i = 0; i < chosen.length; i++) {
      const at = Number(index.data[from?.[i] ?? i]);
      if (at < -size || at >= size)
        throw new AutomodelError(
          'bad-data',
          `${op}: index ${at} is outside dimension ${axis} of ${formatShape(shape)}`,
        );
      chosen[i]! += (at < 0 ? at + size : at) * strides[axis]!;
    }
  });
  const [before, after] = [pick(layout.before), pick(layout.after)];
  const result = new Uint32Array(before.length * chosen.length * after.length);
  let at = 0;
  for (const a of before) for (const b of chosen) for (const c of after) result[at++] = a + b + c;
  return result;
}
