// The files of a model that a save carries beside its weights: a recorded graph, for one.
import { readFile } from 'node:fs/promises';
import type { LanguageModel } from '@automodel/contracts';

/** Contents by file name. */
export async function modelFiles({
  files = new Map(),
}: LanguageModel): Promise<ReadonlyMap<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  for (const [name, path] of files) contents.set(name, await readFile(path));
  return contents;
}
