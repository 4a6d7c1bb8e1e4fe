// Runs of the tiny model in a temporary folder, with a recipe of a second. Settings that the
// tests of one subject share are given once, those of a single run beside its output.
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Recipe } from '@automodel/recipe';
import { finetune, type Plugin, type RunEvent } from '@automodel/run';
import { plugins, writeModel, writeRows } from './tiny-model.js';

export interface RunSettings {
  /** Besides those of the tiny model. */
  readonly plugins?: readonly Plugin[];
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

export class TinyRuns implements AsyncDisposable {
  readonly root: string;
  readonly model: string;
  readonly data: string;
  readonly #shared: Partial<Recipe>;

  private constructor(root: string, model: string, data: string, shared: Partial<Recipe>) {
    this.root = root;
    this.model = model;
    this.data = data;
    this.#shared = shared;
  }

  /** A model, and `count` rows of data; `shared` settings may name their path. */
  static async create(
    count: number,
    shared: (data: string) => Partial<Recipe> = () => ({}),
  ): Promise<TinyRuns> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-runs-')));
    const model = await writeModel(root);
    const data = await writeRows(join(root, 'rows.jsonl'), count);
    return new TinyRuns(root, model, data, shared(data));
  }

  /** A recipe that writes into the folder `output`. */
  recipe(output: string, more: Partial<Recipe> = {}): Recipe {
    return {
      model: { pretrained_model_name_or_path: this.model },
      dataset: { path_or_dataset_id: this.data },
      optimizer: { lr: 1e-2 },
      backend: { threads: 1 },
      ...this.#shared,
      ...more,
      checkpoint: { checkpoint_dir: join(this.root, output), ...more.checkpoint },
    };
  }

  /** All events of a run. */
  async run(
    recipe: Recipe,
    { plugins: given = [], signal, onEvent }: RunSettings = {},
  ): Promise<RunEvent[]> {
    const events: RunEvent[] = [];
    for await (const event of finetune(recipe, { plugins: [...plugins, ...given], signal })) {
      events.push(event);
      onEvent?.(event);
    }
    return events;
  }

  /** Writes these rows to a file; returns its path. */
  async rows(name: string, rows: readonly unknown[]): Promise<string> {
    const file = join(this.root, `${name}.jsonl`);
    await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'));
    return file;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }
}

export async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

export const lossesOf = (events: readonly RunEvent[]): number[] =>
  events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));

/** Runs of three steps. */
export const shortRuns = (): Promise<TinyRuns> =>
  TinyRuns.create(20, () => ({
    step_scheduler: { global_batch_size: 4, local_batch_size: 2, num_epochs: 1, max_steps: 3 },
  }));
