// Boxes of a parameter as runs of elements that are contiguous both in the whole tensor, as files
// hold it, and in memory.
import type { StoredBox } from '@automodel/contracts';
import { sizeOf, type Shape } from '@automodel/core';

/**
 * `count` elements, starting at element `whole` of the parameter and element `stored` in memory.
 */
export interface ElementRun {
  readonly whole: number;
  readonly stored: number;
  readonly count: number;
}

/** The elements of `boxes`, in the parameter's order, in as few runs as possible. */
export function elementRuns(shape: Shape, boxes: readonly StoredBox[]): readonly ElementRun[] {
  const runs = boxes.flatMap((box) => runsOfBox(shape, box)).sort((a, b) => a.whole - b.whole);
  const joined: ElementRun[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    if (
      last !== undefined &&
      last.whole + last.count === run.whole &&
      last.stored + last.count === run.stored
    )
      joined[joined.length - 1] = { ...last, count: last.count + run.count };
    else joined.push(run);
  }
  return joined;
}

/** One run for each row of the box, where a row is what is contiguous in the parameter. */
function runsOfBox(shape: Shape, { start, size, offset }: StoredBox): ElementRun[] {
  if (sizeOf(size) === 0) return [];
  const cut = shape.findLastIndex((full, i) => size[i] !== full);
  const outer = size.slice(0, Math.max(0, cut));
  const count = sizeOf(size.slice(outer.length));
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const first = start.reduce((sum, at, i) => sum + at * (strides[i] ?? 0), 0);
  return Array.from({ length: sizeOf(outer) }, (_, row) => {
    let [whole, rest] = [first, row];
    for (let i = outer.length - 1; i >= 0; i--) {
      const length = outer[i] ?? 1;
      whole += (rest % length) * (strides[i] ?? 0);
      rest = Math.floor(rest / length);
    }
    return { whole, stored: offset + row * count, count };
  });
}
