// Reading operands of a chain through a reshape. A chain computes element by element over a frame.
// In another frame of the same elements, an operand that is whole, or broadcast along some of the
// frame's dimensions, only needs another shape.
import type { Shape } from '../../tensor/shape.js';

/**
 * Runs of dimensions of two shapes that hold the same elements: [from, to) of each. Undefined when
 * they cannot be matched.
 */
function matchedRuns(
  from: Shape,
  to: Shape,
): { readonly a: readonly [number, number]; readonly b: readonly [number, number] }[] | undefined {
  const runs: { readonly a: readonly [number, number]; readonly b: readonly [number, number] }[] =
    [];
  let [i, k] = [0, 0];
  while (i < from.length || k < to.length) {
    const start = [i, k] as const;
    let [left, right] = [from[i++] ?? 1, to[k++] ?? 1];
    while (left !== right) {
      if (left < right) {
        if (i >= from.length) return undefined;
        left *= from[i++]!;
      } else {
        if (k >= to.length) return undefined;
        right *= to[k++]!;
      }
    }
    runs.push({ a: [start[0], Math.min(i, from.length)], b: [start[1], Math.min(k, to.length)] });
  }
  return runs;
}

/**
 * An operand of shape `operand` broadcasts to `frame`. Returns the shape in which it broadcasts to
 * `next`, a reshape of `frame`, with its elements in the same order; undefined when there is none.
 */
export function refit(operand: Shape, frame: Shape, next: Shape): Shape | undefined {
  if (frame.includes(0) || next.includes(0)) return undefined;
  const aligned = [...frame.slice(operand.length).map(() => 1), ...operand];
  const runs = matchedRuns(frame, next);
  if (runs === undefined) return undefined;
  const result: number[] = [];
  for (const { a, b } of runs) {
    const [own, whole, dims] = [aligned.slice(...a), frame.slice(...a), next.slice(...b)];
    if (own.every((dim, d) => dim === whole[d])) result.push(...dims);
    else if (own.every((dim) => dim === 1)) result.push(...dims.map(() => 1));
    else return undefined;
  }
  return result;
}
