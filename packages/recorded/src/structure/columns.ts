// Columns: the entries of a value's last `trailing` dimensions, numbered row-major, each of them a
// vector over the leading dimensions. Ops that only move entries among columns are read as maps of
// column numbers, so that every spelling of the same movement (slices, stacks, flips, reshapes)
// looks the same.
import {
  contiguousStrides,
  type Node,
  normalizeAxis,
  operandOf,
  sameShape,
  type Shape,
  sizeAt,
  sizeOf,
  type Value,
} from '@automodel/core';

/** A value with its last `trailing` dimensions seen as columns. */
export interface Columns {
  readonly value: Value;
  readonly trailing: number;
}

export const leadOf = ({ value, trailing }: Columns): Shape =>
  value.shape.slice(0, value.shape.length - trailing);
export const countOf = ({ value, trailing }: Columns): number =>
  sizeOf(value.shape.slice(value.shape.length - trailing));

/** Where a column comes from. */
export interface Source {
  readonly columns: Columns;
  readonly column: number;
}

/** Position of column `c` in each trailing dimension. */
function positionsOf(shape: Shape, c: number): number[] {
  return contiguousStrides(shape).map(
    (stride, axis) => Math.floor(c / stride) % sizeAt({ shape }, axis),
  );
}

const columnAt = (shape: Shape, positions: readonly number[]): number =>
  contiguousStrides(shape).reduce((sum, stride, axis) => sum + stride * (positions[axis] ?? 0), 0);

/**
 * The column that column `c` of a node that only moves entries is a copy of; undefined where the
 * node does something else or touches leading dimensions.
 */
export function movedFrom(columns: Columns, c: number): Source | undefined {
  const node = columns.value.node;
  if (node === undefined) return undefined;
  const shape = columns.value.shape;
  const lead = shape.length - columns.trailing;
  switch (node.op.name) {
    case 'reshape':
      return reshaped(node, columns, c);
    case 'slice':
    case 'flip':
    case 'permute':
    case 'expand': {
      const operand = operandOf(node);
      if (
        operand.shape.length !== shape.length ||
        !sameShape(operand.shape.slice(0, lead), shape.slice(0, lead))
      )
        return undefined;
      const positions = movedPositions(node, lead, positionsOf(shape.slice(lead), c), shape);
      return positions === undefined
        ? undefined
        : {
            columns: { value: operand, trailing: columns.trailing },
            column: columnAt(operand.shape.slice(lead), positions),
          };
    }
    case 'cat':
      return pieceOf(node, columns, c);
    default:
      return undefined;
  }
}

/** Trailing positions in the operand of slice, flip, permute or expand. */
function movedPositions(
  node: Node,
  lead: number,
  at: readonly number[],
  shape: Shape,
): number[] | undefined {
  const list = (name: string): readonly number[] => node.attrs[name] as readonly number[];
  switch (node.op.name) {
    case 'slice':
      return at.map((p, i) => (list('start')[lead + i] ?? 0) + p * (list('step')[lead + i] ?? 1));
    case 'expand':
      return at.map((p, i) => (operandOf(node).shape[lead + i] === 1 ? 0 : p));
    case 'flip': {
      const dims = list('dims').map((d) => normalizeAxis('flip', d, shape.length));
      return dims.some((d) => d < lead)
        ? undefined
        : at.map((p, i) => (dims.includes(lead + i) ? sizeAt({ shape }, lead + i) - 1 - p : p));
    }
    default: {
      const dims = list('dims');
      if (!dims.slice(0, lead).every((d, i) => d === i)) return undefined;
      const moved = new Array<number>(at.length);
      at.forEach((p, i) => (moved[(dims[lead + i] ?? 0) - lead] = p));
      return moved;
    }
  }
}

/** A reshape that keeps what is a column: the operand's last dimensions hold as many. */
function reshaped(node: Node, columns: Columns, c: number): Source | undefined {
  const operand = operandOf(node);
  const wanted = countOf(columns);
  for (let trailing = 1; trailing <= operand.shape.length; trailing++) {
    const source = { value: operand, trailing };
    const count = countOf(source);
    if (count === wanted && sameShape(leadOf(source), leadOf(columns)))
      return { columns: source, column: c };
    if (count > wanted) return undefined;
  }
  return undefined;
}

function pieceOf(node: Node, columns: Columns, c: number): Source | undefined {
  const shape = columns.value.shape;
  const lead = shape.length - columns.trailing;
  const axis = normalizeAxis('cat', Number(node.attrs['dim']), shape.length);
  if (axis < lead) return undefined;
  const at = positionsOf(shape.slice(lead), c);
  let position = at[axis - lead] ?? 0;
  for (const value of node.inputs) {
    if (value === undefined) continue;
    if (position < sizeAt(value, axis))
      return {
        columns: { value, trailing: columns.trailing },
        column: columnAt(value.shape.slice(lead), at.with(axis - lead, position)),
      };
    position -= sizeAt(value, axis);
  }
  return undefined;
}

/** The column of an operand that broadcasting reads for column `c` of a result. */
export function broadcastColumn(operand: Value, result: Columns, c: number): Source {
  const trailing = Math.min(result.trailing, operand.shape.length);
  const own = operand.shape.slice(operand.shape.length - trailing);
  const at = positionsOf(
    result.value.shape.slice(result.value.shape.length - result.trailing),
    c,
  ).slice(result.trailing - trailing);
  return {
    columns: { value: operand, trailing },
    column: columnAt(
      own,
      at.map((p, i) => (own[i] === 1 ? 0 : p)),
    ),
  };
}
