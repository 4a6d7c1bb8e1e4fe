// The folder of a run: metrics from the first step on, a copy of the recipe, checkpoints asked for on the way, and at the end the model itself, a complete Hugging Face folder, or the adapter.
// The model's files are written beside and moved in when all are there, config.json last: a folder without config.json is an unfinished run.
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Checkpoints, MARKER_FILE, type SavedFolder } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';

export const METRICS_FILE = 'metrics.jsonl';
export const RECIPE_FILE = 'recipe.yaml';
export const ANSWERS_FILE = 'answers.jsonl';
export const REPORT_FILE = 'report.html';
/** What says of a folder that it is whole: a model's config, or an adapter's. */
const CONFIG_FILES: readonly string[] = ['config.json', 'adapter_config.json'];
const STAGING = '.saving';

/** Writes what is saved, model or adapter, into a new folder. */
export type SaveModel = (directory: string) => Promise<SavedFolder>;

export class OutputFolder {
  readonly path: string;
  readonly checkpoints: Checkpoints;

  constructor(path: string) {
    this.path = path;
    this.checkpoints = new Checkpoints(path);
  }

  get metricsPath(): string {
    return join(this.path, METRICS_FILE);
  }

  get recipePath(): string {
    return join(this.path, RECIPE_FILE);
  }

  get answersPath(): string {
    return join(this.path, ANSWERS_FILE);
  }

  get reportPath(): string {
    return join(this.path, REPORT_FILE);
  }

  /** Errors: `conflict` when the folder holds anything: a run never mixes with another. */
  async checkEmpty(): Promise<void> {
    const names = await readdir(this.path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return [];
      throw new AutomodelError('conflict', cause.code === 'ENOTDIR' ? 'exists and is not a folder' : `cannot be read (${String(cause.code)})`, { location: this.path, cause });
    });
    if (names.length > 0) throw new AutomodelError('conflict', `the output folder is not empty (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', ...' : ''})`, { location: this.path, hint: 'choose another output folder, or empty this one' });
  }

  /** Errors: `conflict` when the folder holds a finished result: nothing is left to resume. */
  async checkUnfinished(): Promise<void> {
    for (const name of CONFIG_FILES)
      if ((await stat(join(this.path, name)).catch(() => undefined)) !== undefined) throw new AutomodelError('conflict', `the run is finished: its result is here (${name})`, { location: this.path, hint: 'Start a new run from the result to train further.' });
  }

  /** Makes the folder and writes the recipe. Errors: `io`. */
  async begin(recipeText: string): Promise<void> {
    try {
      await mkdir(this.path, { recursive: true });
      await writeFile(this.recipePath, recipeText);
    } catch (cause) {
      throw new AutomodelError('io', `cannot be written: ${(cause as Error).message}`, { location: this.path, cause });
    }
  }

  /** Saves the final model or adapter into this folder. Gives the names of its files. */
  async saveResult(save: SaveModel): Promise<readonly string[]> {
    const staging = join(this.path, STAGING);
    const { files } = await save(staging);
    const last = (file: string): number => (CONFIG_FILES.includes(file) ? 1 : 0);
    for (const name of files.toSorted((a, b) => last(a) - last(b))) {
      await mkdir(dirname(join(this.path, name)), { recursive: true });
      await rename(join(staging, name), join(this.path, name));
    }
    await rm(join(staging, MARKER_FILE), { force: true });
    await rm(staging, { recursive: true });
    return files;
  }
}
