// Spreads through functions of elements: pieces stay pieces where all operands are cut alike.
import type { TensorType } from '../../graph/graph.js';
import { areReplicated, cut, partial, replicated, sameSpread, type Spread } from './spread.js';

/**
 * What a function of two operands makes of sums over ranks: `sum` is linear in both at once,
 * `product` in each of them, `quotient` in the first.
 */
export type Linearity = 'sum' | 'product' | 'quotient';

type Side = 'a' | 'b';
type Both<T> = Readonly<Record<Side, T>>;

function isLinear({ a, b }: Both<Spread>, linearity: Linearity | undefined): boolean {
  switch (linearity) {
    case 'sum':
      return a.kind === 'partial' && b.kind === 'partial';
    case 'product':
      return areReplicated(a) || areReplicated(b);
    case 'quotient':
      return areReplicated(b);
    default:
      return false;
  }
}

/** The spread of f(a, b) under broadcasting. */
export function binarySpread(
  spreads: Both<Spread>,
  linearity: Linearity | undefined,
  types: Both<TensorType>,
  refuse: (operand: string, why: string) => never,
): Spread {
  const { a, b } = spreads;
  if (areReplicated(a, b)) return replicated;
  if (a.kind === 'partial' || b.kind === 'partial')
    return isLinear(spreads, linearity)
      ? partial
      : refuse(a.kind === 'partial' ? 'a' : 'b', 'sums over ranks must be complete here');
  const side: Side = a.kind === 'cut' ? 'a' : 'b';
  const { dim } = spreads[side] as Spread & { kind: 'cut' };
  const rank = Math.max(types.a.shape.length, types.b.shape.length);
  const along = dim + rank - types[side].shape.length;
  for (const name of ['a', 'b'] as const) {
    const [spread, { shape }] = [spreads[name], types[name]];
    const own = along - (rank - shape.length);
    const size = shape[own] ?? 1;
    const fits = spread.kind === 'cut' ? spread.dim === own : size === 1;
    if (!fits) refuse(name, `the other operand is cut along dimension ${dim}`);
  }
  return cut(along);
}

/** Operands of one shape that are all cut alike; those that are absent do not count. */
export function alikeSpread(
  spreads: Readonly<Record<string, Spread>>,
  refuse: (operand: string, why: string) => never,
): Spread {
  const [[, first] = ['', replicated], ...others] = Object.entries(spreads);
  for (const [name, spread] of Object.entries(spreads))
    if (spread.kind === 'partial') refuse(name, 'sums over ranks must be complete here');
  for (const [name, spread] of others)
    if (!sameSpread(spread, first)) refuse(name, 'all operands must be cut alike');
  return first;
}
