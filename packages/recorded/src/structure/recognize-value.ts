// Small questions that patterns ask about values: which op made it, which number it is, what it is
// scaled by.
import {
  type HostData,
  isFloat,
  type Node,
  operandOf,
  operandsOf,
  sameShape,
  type Value,
} from '@automodel/core';

/** The node that made `value` when its op is one of `ops`. */
export function madeBy(value: Value | undefined, ...ops: readonly string[]): Node | undefined {
  const node = value?.node;
  return node !== undefined && ops.includes(node.op.name) ? node : undefined;
}

/** True for a cast between floats, which changes numbers by no more than their rounding. */
export function isFloatCast(value: Value | undefined): boolean {
  const from = madeBy(value, 'cast')?.inputs[0];
  return value !== undefined && from !== undefined && isFloat(value.dtype) && isFloat(from.dtype);
}

/** The number that fills a constant value; undefined for anything else. */
export function numberOf(value: Value | undefined): number | undefined {
  let node = value?.node;
  // Casts to integers and bools change numbers.
  while (
    madeBy(node?.outputs[0], 'expand', 'reshape') !== undefined ||
    isFloatCast(node?.outputs[0])
  )
    node = node?.inputs[0]?.node;
  if (node?.op.name === 'full') return Number(node.attrs['value']);
  if (node?.op.name !== 'constant') return undefined;
  const data = node.attrs['data'] as HostData;
  if (data.length === 0) return undefined;
  const [first] = data;
  for (const other of data) if (other !== first) return undefined;
  return Number(first);
}

/** Whether f32 holds `factor`: one that is infinite there cannot move past a sum or a cap. */
export const isFactor = (factor: number): boolean => Number.isFinite(Math.fround(factor));

/**
 * A value times a number that `isFactor`: mul in either order, or div. The product has the shape of
 * `x`.
 */
export function scaled(value: Value): { readonly x: Value; readonly factor: number } | undefined {
  const node = madeBy(value, 'mul', 'div');
  if (node === undefined) return undefined;
  const [a, b] = operandsOf(node, 2);
  const right = numberOf(b);
  if (right !== undefined && sameShape(a.shape, value.shape)) {
    const factor = node.op.name === 'mul' ? right : 1 / right;
    return isFactor(factor) ? { x: a, factor } : undefined;
  }
  const left = node.op.name === 'mul' ? numberOf(a) : undefined;
  return left !== undefined && isFactor(left) && sameShape(b.shape, value.shape)
    ? { x: b, factor: left }
    : undefined;
}

/** A value plus a number, in either order, of the shape of `x`. */
export function shifted(value: Value): { readonly x: Value; readonly term: number } | undefined {
  const node = madeBy(value, 'add');
  if (node === undefined) return undefined;
  for (const [x, c] of bothOrders(node)) {
    const term = numberOf(c);
    if (term !== undefined && sameShape(x.shape, value.shape)) return { x, term };
  }
  return undefined;
}

/** The operands of a node of two, in both orders. */
export function bothOrders(node: Node): readonly (readonly [Value, Value])[] {
  const [a, b] = operandsOf(node, 2);
  return [
    [a, b],
    [b, a],
  ];
}

/** True for a reduction over the last dimension alone that keeps it. */
export function reducesLast(node: Node): boolean {
  const rank = operandOf(node).shape.length;
  const dims = node.attrs['dims'] as readonly number[];
  return (
    node.attrs['keepdim'] === true && dims.length === 1 && (dims[0] === rank - 1 || dims[0] === -1)
  );
}
