// A rotation that a recorded graph spells with primitives, as one rope op on rows of tokens.
import {
  expand,
  permute,
  reshape,
  ropeOp,
  type Shape,
  sizeAt,
  sizeOf,
  slice,
  type Tensor,
} from '@automodel/core';
import type { Emission } from './pattern.js';
import { countOf, leadOf, type Columns } from './columns.js';

/** How the two entries of a pair lie: half a rotation apart, or side by side. */
export type Arrangement = 'halves' | 'pairs';

export interface Rotation {
  readonly base: Columns;
  /** First rotated column of the base. */
  readonly offset: number;
  /** Columns of the result. */
  readonly width: number;
  readonly from: Arrangement;
  readonly to: Arrangement;
  /** True where the angle is negative: (a cos + b sin, b cos - a sin). */
  readonly inverse: boolean;
  readonly cos: Table;
  readonly sin: Table;
}

/** Every `step`-th column of a table, from `start` on. */
export interface Table {
  readonly columns: Columns;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Rows are tokens: the dimensions that tables vary along, and the first. All others are heads. */
export function emitRotation({ tensorOf }: Emission, rotation: Rotation): Tensor {
  const { base, offset, width, cos, sin } = rotation;
  const lead = leadOf(base);
  const varies = (axis: number): boolean =>
    [cos, sin].some(
      (table) =>
        leadOf(table.columns).at(axis - lead.length) !== undefined &&
        leadOf(table.columns).at(axis - lead.length) !== 1,
    );
  const axes = lead.map((_, axis) => axis);
  const tokens = axes.filter((axis) => axis === 0 || varies(axis));
  const order = [...tokens, ...axes.filter((axis) => !tokens.includes(axis)), lead.length];
  const count = countOf(base);
  const whole = reshape(tensorOf(base.value), [...lead, count]);
  const x = permute(
    slice(
      whole,
      whole.shape.map((_, i) => (i === lead.length ? offset : 0)),
      whole.shape.map((d, i) => (i === lead.length ? offset + width : d)),
    ),
    order,
  );
  const tokenShape = tokens.map((axis) => sizeAt({ shape: lead }, axis));
  const [rows, heads] = [sizeOf(tokenShape), sizeOf(lead) / sizeOf(tokenShape)];
  const table = (t: Table): Tensor =>
    emitTable(
      tensorOf(t.columns.value),
      t,
      tokens.map((axis) => leadOf(t.columns).at(axis - lead.length) ?? 1),
      tokenShape,
    );
  const half = cos.count;
  const arranged =
    rotation.from === rotation.to
      ? reshape(x, [rows, heads, width])
      : regroup(reshape(x, [rows, heads, width]), half, rotation.to);
  const y = arranged.trace.apply(ropeOp, [arranged, table(cos), table(sin)], {
    interleaved: rotation.to === 'pairs',
    inverse: rotation.inverse,
  })[0];
  const back = order.map((_, i) => order.indexOf(i));
  return permute(reshape(y, x.shape), back);
}

/**
 * The chosen columns as [tokens, pairs]. `own` are the sizes of the table along the token
 * dimensions, 1 where it repeats.
 */
function emitTable(
  table: Tensor,
  { columns, start, step, count }: Table,
  own: Shape,
  tokens: Shape,
): Tensor {
  const flat = reshape(table, [...own, countOf(columns)]);
  const bounds = (last: number, others: (d: number) => number): number[] =>
    flat.shape.map((d, i) => (i === own.length ? last : others(d)));
  const picked = slice(
    flat,
    bounds(start, () => 0),
    bounds(start + (count - 1) * step + 1, (d) => d),
    bounds(step, () => 1),
  );
  return reshape(expand(picked, [...tokens, count]), [sizeOf(tokens), count]);
}

/** Columns rearranged from halves to pairs or back. */
function regroup(x: Tensor, half: number, to: Arrangement): Tensor {
  const [rows, heads, width] = x.shape as [number, number, number];
  return reshape(
    permute(
      reshape(x, to === 'halves' ? [rows, heads, half, 2] : [rows, heads, 2, half]),
      [0, 1, 3, 2],
    ),
    [rows, heads, width],
  );
}
