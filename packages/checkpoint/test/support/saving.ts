// Saves a model over a base folder of given tensors and opens the result.
import { join } from 'node:path';
import {
  HuggingFaceFolder,
  readTensor,
  saveHuggingFaceFolder,
  type SaveFolderOptions,
  type TensorSource,
} from '../../src/index.js';
import { temporaryFolder } from './files.js';
import { CONFIG, EMBEDDING, HEAD, writeFolder } from './folders.js';

export const SINGLE = 'model.safetensors';
export const NORM = 'model.norm.weight';
export const tying = { head: HEAD, embedding: EMBEDDING };
export const tied = CONFIG.replace('false', 'true');
export const silent = CONFIG.replace('  "tie_word_embeddings": false,\n', '');

export interface Case {
  base: Record<string, TensorSource[]>;
  config?: string;
  tensors: TensorSource[];
  options?: Partial<SaveFolderOptions>;
}

export async function saving({
  base,
  config = CONFIG,
  tensors,
  options = {},
}: Case): Promise<HuggingFaceFolder & { text: string }> {
  const root = await temporaryFolder();
  const folder = await HuggingFaceFolder.open(await writeFolder(join(root, 'base'), base, config), {
    withoutWeights: Object.keys(base).length === 0,
  });
  await saveHuggingFaceFolder({
    directory: join(root, 'out'),
    base: folder,
    tensors,
    tying,
    ...options,
  });
  const saved = await HuggingFaceFolder.open(join(root, 'out'));
  return Object.assign(saved, { text: saved.configFile.text });
}

export const values = async (folder: HuggingFaceFolder, name: string): Promise<number[]> => [
  ...((await readTensor(folder.weights.entry(name))) as Float32Array),
];
