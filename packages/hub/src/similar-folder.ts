// A mistyped path is the most common reason why a model is not found: this finds the existing
// folder beside it whose name is most similar.
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Levenshtein distance: letters to insert, delete or replace to get from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    let left = i;
    const next = [left];
    for (let j = 1; j <= b.length; j += 1) {
      const [diagonal = 0, above = 0] = row.slice(j - 1, j + 1);
      left = Math.min(diagonal + (a[i - 1] === b[j - 1] ? 0 : 1), above + 1, left + 1);
      next.push(left);
    }
    row = next;
  }
  return row.at(-1) ?? a.length;
}

/** An existing folder whose name is within a third of `path`'s; undefined when there is none. */
export async function similarFolder(path: string): Promise<string | undefined> {
  const name = basename(path).toLowerCase();
  const entries = await readdir(dirname(path), { withFileTypes: true }).catch(() => []);
  let best: string | undefined;
  let bound = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const distance = editDistance(name, entry.name.toLowerCase());
    if (distance < bound) [best, bound] = [entry.name, distance];
  }
  return best === undefined ? undefined : join(dirname(path), best);
}
