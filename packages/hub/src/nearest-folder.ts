// Where a path does not exist: the folder beside it whose name is closest, for a mistyped path is
// the commonest reason why a model is not found.
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Steps of inserting, deleting or replacing one letter that lead from `a` to `b`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next.push(
        Math.min(row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1), row[j]! + 1, next[j - 1]! + 1),
      );
    row = next;
  }
  return row[b.length]!;
}

/** An existing folder whose name is within a third of `path`'s; undefined when there is none. */
export async function nearestFolder(path: string): Promise<string | undefined> {
  const name = basename(path).toLowerCase();
  const entries = await readdir(dirname(path), { withFileTypes: true }).catch(() => []);
  let [best, bound] = [
    undefined as string | undefined,
    Math.max(1, Math.floor(name.length / 3)) + 1,
  ];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const steps = distance(name, entry.name.toLowerCase());
    if (steps < bound) [best, bound] = [entry.name, steps];
  }
  return best === undefined ? undefined : join(dirname(path), best);
}
