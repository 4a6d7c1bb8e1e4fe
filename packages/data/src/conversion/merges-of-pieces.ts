// The merges of a byte-pair encoding that is written as ranked pieces only: every way to make a
// piece of two others, in the order of the pieces.

/** `parts`: all halves of a piece. Pairs of pieces by the piece's rank, then by the halves' own. */
export function mergesOfPieces<T>(
  pieces: readonly T[],
  rankOf: (piece: T) => number | undefined,
  halves: (piece: T) => Iterable<readonly [T, T]>,
  order: 'lengths' | 'ranks',
): (readonly [T, T])[] {
  const merges: { readonly pair: readonly [T, T]; readonly key: readonly number[] }[] = [];
  for (const piece of pieces) {
    const rank = rankOf(piece) ?? 0;
    let place = 0;
    for (const pair of halves(piece)) {
      const [left, right] = [rankOf(pair[0]), rankOf(pair[1])];
      place++;
      if (left === undefined || right === undefined) continue;
      merges.push({ pair, key: order === 'lengths' ? [rank, place] : [rank, left, right] });
    }
  }
  return merges.sort((a, b) => compare(a.key, b.key)).map(({ pair }) => pair);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value - b[i]!;
  return 0;
}
