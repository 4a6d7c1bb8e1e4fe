// Writes a model as GGUF and reads weights of both sides.
import { join } from 'node:path';
import type { ExportResult } from '@automodel/contracts';
import { openWeights, readTensor } from '@automodel/checkpoint';
import gguf from '@automodel/export-gguf';
import { DECODER_NAMES } from '@automodel/nn';
import { floatsOf, type ReadGguf } from './gguf-reader.js';
import { scratch } from './tiny-model.js';

export const logits = (): Promise<Float32Array> => Promise.reject(new Error('not asked for'));
export const write = (
  model: string,
  type?: string,
  output = join(scratch(), 'out'),
): Promise<ExportResult> => gguf.export({ model, output, type, names: DECODER_NAMES, logits });

export const sourceValues = async (folder: string, name: string): Promise<Float32Array> =>
  (await readTensor((await openWeights(folder)).entry(name))) as Float32Array;
export const storedValues = (file: ReadGguf, name: string): Float32Array =>
  floatsOf(file.tensors.get(name)!);
