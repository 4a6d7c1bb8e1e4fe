// The folder of a run: metrics from the first step on, a copy of the recipe, checkpoints as they
// are asked for, and at the end the model itself, a complete Hugging Face folder, or the adapter.
// The model's files are written to a folder inside and moved up when all are complete, config.json
// last: a folder without config.json is an unfinished run. A finished run may be made longer: its
// result stays until there is a new one.
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  Checkpoints,
  diskError,
  isLeftover,
  MARKER_FILE,
  readJsonFile,
  type SavedFolder,
} from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { LOCK_FILE, RunLock } from './run-lock.js';
import { stepsIn } from './steps-in.js';

export const METRICS_FILE = 'metrics.jsonl';
export const RECIPE_FILE = 'recipe.yaml';
export const ANSWERS_FILE = 'answers.jsonl';
export const REPORT_FILE = 'report.html';
/** Files that mark a folder as complete: a model's config, or an adapter's. */
const CONFIG_FILES: readonly string[] = ['config.json', 'adapter_config.json'];
const STAGING = '.saving';
/** Beside a result: a longer run than the one that made it has begun and is not finished. */
const LONGER_FILE = '.made-longer';
/**
 * The files that a run leaves if it is stopped before its first checkpoint, besides unfinished
 * folders. A new run writes all of them again. Trackers keep their folders.
 */
const TRACES: readonly string[] = [
  METRICS_FILE,
  RECIPE_FILE,
  ANSWERS_FILE,
  REPORT_FILE,
  `${REPORT_FILE}.saving`,
  LOCK_FILE,
];
const TRACKER_FOLDERS: readonly string[] = ['tensorboard', 'wandb'];

/** A result, the file that says so, and how many steps it took; undefined: nothing tells. */
export interface FinishedRun {
  readonly config: string;
  readonly steps: number | undefined;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Writes what is saved, model or adapter, into a new folder. */
export type SaveModel = (directory: string) => Promise<SavedFolder>;

export class OutputFolder {
  readonly path: string;
  readonly checkpoints: Checkpoints;
  readonly #lock: RunLock;

  constructor(path: string) {
    this.path = path;
    this.checkpoints = new Checkpoints(path);
    this.#lock = new RunLock(path);
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

  /** Errors: `conflict` if another run writes into the folder. */
  checkFree(): Promise<void> {
    return this.#lock.check();
  }

  /**
   * `startsOver`: the folder holds what a run left that was stopped before its first checkpoint.
   * Errors: `conflict` if it holds anything else, because a run never mixes with another.
   */
  async checkEmpty(): Promise<{ readonly startsOver: boolean }> {
    const names = await readdir(this.path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return [];
      throw new AutomodelError(
        'conflict',
        cause.code === 'ENOTDIR'
          ? 'exists and is not a folder'
          : `cannot be read (${String(cause.code)})`,
        { location: this.path, cause },
      );
    });
    const isTrace = (name: string): boolean =>
      TRACES.includes(name) || TRACKER_FOLDERS.includes(name) || isLeftover(name);
    // a recipe alone may be the user's
    const isRun = names.some((name) => name === METRICS_FILE || name === LOCK_FILE);
    if (names.length > 0 && !(isRun && names.every(isTrace)))
      throw new AutomodelError(
        'conflict',
        'the output folder is not empty ' +
          `(${names.slice(0, 3).join(', ')}${names.length > 3 ? ', ...' : ''})`,
        { location: this.path, hint: 'choose another output folder, or empty this one' },
      );
    return { startsOver: names.length > 0 };
  }

  /**
   * The result of a finished run; undefined where there is none, or where the run is being made
   * longer.
   */
  async finished(): Promise<FinishedRun | undefined> {
    const config = await this.#result();
    if (config === undefined || (await exists(join(this.path, LONGER_FILE)))) return undefined;
    return { config, steps: await stepsIn(this.metricsPath) };
  }

  /** The file that says that a result is there. */
  async #result(): Promise<string | undefined> {
    for (const name of CONFIG_FILES) if (await exists(join(this.path, name))) return name;
    return undefined;
  }

  /**
   * Locks the folder for this run until `close`, and writes the recipe; unless `goesOn`, removes
   * what an earlier run left. Errors: those of `checkFree`, `io`.
   */
  async begin(recipeText: string, goesOn: boolean): Promise<void> {
    try {
      await mkdir(this.path, { recursive: true });
      await this.#lock.take();
      await this.checkpoints.clean();
      if (!goesOn)
        for (const name of TRACES)
          if (name !== LOCK_FILE) await rm(join(this.path, name), { force: true });
      // the result stays until the longer run has its own
      if ((await this.#result()) !== undefined) await writeFile(join(this.path, LONGER_FILE), '');
      await writeFile(this.recipePath, recipeText);
    } catch (cause) {
      throw diskError(cause, this.path);
    }
  }

  /** Unlocks the folder. */
  close(): Promise<void> {
    return this.#lock.release();
  }

  /**
   * Saves the final model or adapter into this folder. Returns the names of its files. Errors:
   * `io`; those of `save`.
   */
  async saveResult(save: SaveModel): Promise<readonly string[]> {
    const { files } = await save(join(this.path, STAGING));
    await this.#moveResult(files);
    return files;
  }

  /**
   * Finishes the work of a run that was killed while it moved its result in, or just after. Errors:
   * those of `checkFree`, `io`.
   */
  async completeResult(): Promise<void> {
    // written last and removed when all is moved: if it is there, the result is complete
    const marker = await readJsonFile(join(this.path, STAGING, MARKER_FILE)).catch(() => undefined);
    const files = marker?.value['files'];
    const isThere = (name: string): Promise<boolean> => exists(join(this.path, name));
    const isComplete = async (): Promise<boolean> =>
      ((await isThere(STAGING)) || (await isThere(LOCK_FILE))) &&
      (await this.#result()) !== undefined;
    if (!Array.isArray(files) && !(await isComplete())) return;
    await this.#lock.take();
    if (Array.isArray(files)) await this.#moveResult(files.map(String));
    else await this.checkpoints.clean();
    await this.#lock.release();
  }

  async #moveResult(files: readonly string[]): Promise<void> {
    const staging = join(this.path, STAGING);
    const last = (file: string): number => (CONFIG_FILES.includes(file) ? 1 : 0);
    try {
      for (const name of files.toSorted((a, b) => last(a) - last(b))) {
        await mkdir(dirname(join(this.path, name)), { recursive: true });
        await rename(join(staging, name), join(this.path, name)).catch(
          async (cause: NodeJS.ErrnoException) => {
            if (cause.code !== 'ENOENT' || !(await exists(join(this.path, name)))) throw cause;
            // otherwise moved already
          },
        );
      }
      await rm(join(this.path, LONGER_FILE), { force: true });
      await rm(staging, { recursive: true });
    } catch (cause) {
      throw diskError(cause, this.path);
    }
  }
}
