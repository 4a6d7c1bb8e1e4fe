// What a save does for a recorded graph: the graph travels with the weights under its usual name,
// and the head stays as it was stored, since nothing says whether it is tied.
import { readFile } from 'node:fs/promises';
import type { SaveFolderOptions } from '@automodel/checkpoint';
import type { LanguageModel } from '@automodel/contracts';
import { GRAPH_FILE } from './model-folder.js';

/** Options of a save; none for hand-written models. */
export async function savedGraph(
  model: LanguageModel,
): Promise<Partial<Pick<SaveFolderOptions, 'tying' | 'extraFiles'>>> {
  return model.kind === 'recorded'
    ? { tying: 'as-stored', extraFiles: new Map([[GRAPH_FILE, await readFile(model.source)]]) }
    : {};
}
