// The files of a model that are saved besides its weights, for example a recorded graph.
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
