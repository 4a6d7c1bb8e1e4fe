// Files and folders that exist only while something is being written. A process that has to end at
// once removes them; one that is killed leaves them to the next run.
import { rmSync } from 'node:fs';

const paths = new Set<string>();

/** From now until `done`, `path` is useless without this process. */
export function unfinished(path: string): { readonly done: () => void } {
  paths.add(path);
  return { done: () => void paths.delete(path) };
}

/** Whether this process is writing `path`, or what is set aside for it. */
export const unfinishedHere = (path: string): boolean => paths.has(path.replace(/-old$/, ''));

/** Removes all of them synchronously, ignoring what cannot be removed: for a process that ends. */
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
