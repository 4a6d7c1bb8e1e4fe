// Files and folders that exist only while something is being written. A process that is about to be
// ended at once removes them; one that is killed leaves them to the next run.
import { rmSync } from 'node:fs';

const paths = new Set<string>();

/** From now until `done`, `path` is of no use without this process. */
export function unfinished(path: string): { readonly done: () => void } {
  paths.add(path);
  return { done: () => void paths.delete(path) };
}

/**
 * Removes all of them, at once and without a word about what cannot be removed: for a process that
 * ends.
 */
export function removeUnfinished(): void {
  for (const path of paths) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // a writer was faster; the next run removes the rest
    }
  }
  paths.clear();
}
