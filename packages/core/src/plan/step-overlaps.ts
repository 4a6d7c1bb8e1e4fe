// Which operands and results of one step share bytes. A collective takes many thousands of tensors,
// so pairs are not compared one by one: the extents are swept in the order of their first bytes.

/** Bytes in one address space: the arena or a bound buffer. */
export interface Bytes {
  readonly space: number;
  readonly start: number;
  readonly end: number;
}

/** Whether both have a byte, or one lies inside the other. */
export const overlap = (a: Bytes, b: Bytes): boolean =>
  a.space === b.space && a.start < b.end && b.start < a.end;

/** A result that shares bytes with an operand, or with a result of a higher number. */
export interface Overlap {
  readonly result: number;
  readonly kind: 'operand' | 'result';
  readonly other: number;
}

interface Extent extends Bytes {
  readonly kind: Overlap['kind'];
  readonly index: number;
}

const extentsOf = (kind: Overlap['kind'], bytes: readonly (Bytes | undefined)[]): Extent[] =>
  bytes.flatMap((at, index) => (at === undefined ? [] : [{ ...at, kind, index }]));

/**
 * The first overlap by number of the result, operands before results, that `allowed` does not
 * accept. Operands may share bytes with each other.
 */
export function firstOverlap(
  operands: readonly (Bytes | undefined)[],
  results: readonly (Bytes | undefined)[],
  allowed: (result: number, operand: number) => boolean,
): Overlap | undefined {
  let first: Overlap | undefined;
  for (const pair of overlapsOf([
    ...extentsOf('operand', operands),
    ...extentsOf('result', results),
  ]))
    if (
      (first === undefined || isBefore(pair, first)) &&
      (pair.kind === 'result' || !allowed(pair.result, pair.other))
    )
      first = pair;
  return first;
}

function isBefore(a: Overlap, b: Overlap): boolean {
  if (a.result !== b.result) return a.result < b.result;
  return a.kind === b.kind ? a.other < b.other : a.kind === 'operand';
}

/** Every overlap that a result takes part in. What ended before an extent is dropped for good. */
function* overlapsOf(extents: Extent[]): Generator<Overlap> {
  extents.sort((a, b) => a.space - b.space || a.start - b.start || a.end - b.end);
  const open: Record<Overlap['kind'], Extent[]> = { operand: [], result: [] };
  for (const extent of extents) {
    const reaches = (other: Extent): boolean =>
      other.space === extent.space && other.end > extent.start;
    const kinds = extent.kind === 'result' ? (['operand', 'result'] as const) : ['result' as const];
    for (const kind of kinds) {
      open[kind] = open[kind].filter(reaches);
      for (const other of open[kind]) if (overlap(extent, other)) yield pairOf(extent, other);
    }
    open[extent.kind].push(extent);
  }
}

function pairOf(a: Extent, b: Extent): Overlap {
  if (a.kind === 'operand') return { result: b.index, kind: 'operand', other: a.index };
  if (b.kind === 'operand') return { result: a.index, kind: 'operand', other: b.index };
  const [result, other] = a.index < b.index ? [a.index, b.index] : [b.index, a.index];
  return { result, kind: 'result', other };
}
