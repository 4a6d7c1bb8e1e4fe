// matmul from sums of products: sum(a * b) over dimensions that both have, where each brings
// dimensions that the other repeats along. The product of all pairs, larger than either operand, is
// then never made, forward or backward.
import {
  isFloat,
  matmul,
  type Node,
  normalizeAxis,
  operandsOf,
  permute,
  reshape,
  type Shape,
  sizeAt,
  sizeOf,
  type Tensor,
  type Value,
} from '@automodel/core';
import { madeBy } from './recognize-value.js';
import type { Emission, Emit, Pattern, Subject } from './pattern.js';

export const contractions: Pattern = {
  name: 'fuse-contractions',
  summary: 'matmul from sums of products over common dimensions',
  find: (subject) => {
    const matches = new Map<Node, Emit>();
    for (const node of subject.graph.nodes) {
      const contraction = matchContraction(subject, node);
      if (contraction !== undefined)
        matches.set(node, (emission) =>
          emitContraction(emission, contraction, node.outputs[0].shape),
        );
    }
    return { matches, missed: [] };
  },
};

/** Dimensions of the product by who has them; those of size one are in none. */
interface Contraction {
  readonly a: Value;
  readonly b: Value;
  readonly shape: Shape;
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly summed: readonly number[];
}

function matchContraction(subject: Subject, node: Node): Contraction | undefined {
  const product = node.op.name === 'sum' ? madeBy(node.inputs[0], 'mul') : undefined;
  if (
    product === undefined ||
    !subject.onlyFor(product.outputs[0], node) ||
    node.outputs[0].dtype !== product.outputs[0].dtype ||
    !isFloat(product.outputs[0].dtype)
  )
    return undefined;
  const [a, b] = operandsOf(product, 2);
  const { shape } = product.outputs[0];
  const dims = (node.attrs['dims'] as readonly number[]).map((dim) =>
    normalizeAxis('sum', dim, shape.length),
  );
  const axes = shape.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  const has = (value: Value, axis: number): boolean =>
    (value.shape.at(axis - shape.length) ?? 1) !== 1 && value.shape.length >= shape.length - axis;
  const both = axes.filter((axis) => has(a, axis) && has(b, axis));
  const summed = axes.filter((axis) => dims.includes(axis));
  const rest = {
    rows: axes.filter((axis) => !has(b, axis)),
    columns: axes.filter((axis) => !has(a, axis)),
  };
  const fits =
    a !== b &&
    summed.length > 0 &&
    summed.every((axis) => both.includes(axis)) &&
    rest.rows.length > 0 &&
    rest.columns.length > 0;
  return fits
    ? { a, b, shape, batch: both.filter((axis) => !summed.includes(axis)), ...rest, summed }
    : undefined;
}

function emitContraction(
  { tensorOf }: Emission,
  { a, b, shape, batch, rows, columns, summed }: Contraction,
  result: Shape,
): Tensor {
  const sizes = (axes: readonly number[]): number[] => axes.map((axis) => sizeAt({ shape }, axis));
  const arranged = (value: Value, first: readonly number[], second: readonly number[]): Tensor => {
    const own = [...batch, ...first, ...second];
    const inOrder = own.toSorted((x, y) => x - y);
    const moved = permute(
      reshape(tensorOf(value), sizes(inOrder)),
      own.map((axis) => inOrder.indexOf(axis)),
    );
    return reshape(moved, [...sizes(batch), sizeOf(sizes(first)), sizeOf(sizes(second))]);
  };
  const product = matmul(arranged(a, rows, summed), arranged(b, summed, columns));
  const made = [...batch, ...rows, ...columns];
  const inOrder = made.toSorted((x, y) => x - y);
  return reshape(
    permute(
      reshape(product, sizes(made)),
      inOrder.map((axis) => made.indexOf(axis)),
    ),
    result,
  );
}
