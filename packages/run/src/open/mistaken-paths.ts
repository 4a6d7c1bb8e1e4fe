// A model given where data belongs, or data where a model belongs: said at once, with the option
// that was meant, instead of an error about files that are missing.
import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { resolveModelFolder, type ResolveOptions } from '@automodel/hub';

const MODEL = /\.(?:safetensors|bin|gguf)$|^tokenizer.*\.(?:json|model)$/;
const TABLE = /\.(?:jsonl|ndjson|csv|tsv|parquet|txt)(?:\.(?:gz|br|zst))?$/i;
/** What a run writes beside its result. */
const OF_RUNS = new Set(['metrics.jsonl', 'answers.jsonl']);

const namesIn = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);

const isModel = (names: readonly string[]): boolean =>
  names.includes('adapter_config.json') ||
  (names.includes('config.json') && names.some((name) => MODEL.test(name)));

/** Errors: `bad-argument` for a path of a data set that is the folder of a model or adapter. */
export async function refuseModels(
  paths: string | readonly string[],
  workingDirectory: string,
): Promise<void> {
  for (const written of typeof paths === 'string' ? [paths] : paths) {
    const path = resolve(workingDirectory, written);
    if (!isModel(await namesIn(path))) continue;
    throw new AutomodelError('bad-argument', 'this is the folder of a model, not data', {
      location: path,
      hint:
        'give it as --model (model.pretrained_model_name_or_path), and a file or folder of ' +
        'examples as --data (dataset.path_or_dataset_id)',
    });
  }
}

/**
 * The folder of a model or adapter. Errors: those of `resolveModelFolder`; `bad-argument` for a
 * data file, or a folder that holds data and no model.
 */
export async function modelFolderOf(
  written: string,
  options: ResolveOptions = {},
): Promise<string> {
  await refuseData(resolve(options.workingDirectory ?? '.', written));
  return resolveModelFolder(written, options);
}

async function refuseData(path: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  const names = facts?.isDirectory() === true ? await namesIn(path) : [];
  const isFile = facts?.isFile() === true && TABLE.test(path);
  const data = names.find((name) => TABLE.test(name) && !OF_RUNS.has(name));
  const holdsModel = names.some((name) => name.endsWith('config.json') || MODEL.test(name));
  if (!isFile && (data === undefined || holdsModel)) return;
  throw new AutomodelError(
    'bad-argument',
    isFile
      ? 'this is a data file, not the folder of a model'
      : `this is a folder of data (${data}), not of a model`,
    {
      location: path,
      hint:
        'give it as --data (dataset.path_or_dataset_id), and the folder that holds config.json ' +
        'as --model (model.pretrained_model_name_or_path)',
    },
  );
}
