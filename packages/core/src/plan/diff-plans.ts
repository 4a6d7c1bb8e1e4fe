// What changed between two plans, as text: committed plans must not change by a byte in a refactor,
// and the reader of a failure wants to see which lines did.
import { printPlan } from './print-plan.js';
import type { Plan } from './plan.js';

/**
 * Lines of two texts that differ, `- ` of the first and `+ ` of the second, by longest common
 * subsequence; empty when they are equal.
 */
export function diffLines(before: readonly string[], after: readonly string[]): string[] {
  let [start, endBefore, endAfter] = [0, before.length, after.length];
  while (start < endBefore && start < endAfter && before[start] === after[start]) start++;
  while (endBefore > start && endAfter > start && before[endBefore - 1] === after[endAfter - 1])
    [endBefore, endAfter] = [endBefore - 1, endAfter - 1];
  const [a, b] = [before.slice(start, endBefore), after.slice(start, endAfter)];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] =
        a[i] === b[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
    else if (
      j >= b.length ||
      (i < a.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)
    )
      lines.push(`- ${a[i++]!}`);
    else lines.push(`+ ${b[j++]!}`);
  }
  return lines;
}

/** The lines in which two plans differ. */
export const diffPlans = (before: Plan, after: Plan): string[] =>
  diffLines(printPlan(before).split('\n'), printPlan(after).split('\n'));
