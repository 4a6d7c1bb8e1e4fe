// Opens a graph.json file as a model.
import { readFile, stat } from 'node:fs/promises';
import type { LanguageModel } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { parseRecordedGraph } from '../graph/parse-recorded-graph.js';
import { recordedModel, type RecordedModelOptions } from './recorded-model.js';

/** The longest text a JavaScript engine holds is 2^29 characters. */
const MAX_BYTES = 2 ** 28;

/** Errors: `missing-file`, and those of reading and checking a graph. */
export async function openRecordedModel(
  path: string,
  options: Omit<RecordedModelOptions, 'file'>,
): Promise<LanguageModel> {
  const bytes = await stat(path).then(
    (info) => (info.isFile() ? info.size : undefined),
    () => undefined,
  );
  if (bytes === undefined)
    throw new AutomodelError('missing-file', 'there is no such graph', {
      location: path,
      hint: 'give the path of a graph.json file',
    });
  if (bytes > MAX_BYTES)
    throw new AutomodelError(
      'bad-graph',
      `the file has ${bytes} bytes, more than any recording (${MAX_BYTES})`,
      { location: path },
    );
  return recordedModel(parseRecordedGraph(await readFile(path, 'utf8'), path), {
    ...options,
    file: path,
  });
}
