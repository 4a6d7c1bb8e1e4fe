// Runs of a tiny model under strategies of parallelism, in a folder of their own.
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Backend,
  BackendPlugin,
  HostGroup,
  Parallelism,
  ParallelismPlugin,
} from '@automodel/contracts';
import ddp from '@automodel/parallel-ddp';
import lora from '@automodel/peft';
import type { Recipe } from '@automodel/recipe';
import { singleProcess } from '@automodel/session';
import { referenceTarget, simulatedRanks } from '@automodel/testing';
import halves from '../../../examples/toy-parallelism/automodel-toy-halves/index.js';
import { finetune, type Plugin, type RunEvent } from '../src/index.js';
import { plugins, writeModel, writeRows } from './tiny-model.js';

export const strategy = (name: string, parallelism: Partial<Parallelism>): ParallelismPlugin => ({
  kind: 'parallelism',
  apiVersion: 1,
  name,
  create: () => Promise.resolve({ ...singleProcess, ...parallelism }),
});

const backendPlugin = (backend: Backend): BackendPlugin => ({
  kind: 'backend-plugin',
  apiVersion: 1,
  name: backend.name,
  create: () => backend,
  target: () => referenceTarget(),
});

export class StrategyRuns implements AsyncDisposable {
  readonly root: string;
  readonly data: string;

  private constructor(root: string, data: string) {
    this.root = root;
    this.data = data;
  }

  static async create(): Promise<StrategyRuns> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-parallelism-')));
    await writeModel(root);
    return new StrategyRuns(root, await writeRows(join(root, 'rows.jsonl'), 14));
  }

  /** Three steps of two micro-batches, a checkpoint and a validation. */
  recipe(name: string, output: string, more: Partial<Recipe> = {}): Recipe {
    return {
      model: { pretrained_model_name_or_path: join(this.root, 'model') },
      dataset: { path_or_dataset_id: this.data },
      validation_dataset: { path_or_dataset_id: this.data, limit_dataset_samples: 3 },
      step_scheduler: {
        global_batch_size: 4,
        local_batch_size: 2,
        max_steps: 3,
        ckpt_every_steps: 2,
      },
      optimizer: { lr: 1e-2 },
      distributed: { strategy: name },
      backend: { threads: 1 },
      ...more,
      checkpoint: { checkpoint_dir: join(this.root, output), ...more.checkpoint },
    };
  }

  /**
   * All events; with `stopAfter` the run is stopped in that step (from 0). `host`: the processes
   * that share it.
   */
  async run(
    recipe: Recipe,
    given: readonly Plugin[] = [],
    { stopAfter, host }: { readonly stopAfter?: number; readonly host?: HostGroup } = {},
  ): Promise<RunEvent[]> {
    const stop = new AbortController();
    const events: RunEvent[] = [];
    const all = [...plugins, lora, halves, ...given];
    for await (const event of finetune(recipe, { plugins: all, signal: stop.signal, host })) {
      events.push(event);
      if (event.type === 'step' && event.step === stopAfter) stop.abort();
    }
    return events;
  }

  /** The same over two processes in one, whose backends are references: the events of each. */
  runOverRanks(recipe: Recipe, given: readonly Plugin[] = []): Promise<readonly RunEvent[][]> {
    const ranks = simulatedRanks([{ name: 'dp_replicate', size: 2 }]);
    const rankRecipe = { ...recipe, backend: { type: 'reference' } };
    return Promise.all(
      ranks.map(({ backend, host }) =>
        this.run(rankRecipe, [backendPlugin(backend), ddp, ...given], { host }),
      ),
    );
  }

  /** Every tensor file below a folder of a run, and the numbers of its metrics. */
  async results(output: string): Promise<Map<string, unknown>> {
    const found = new Map<string, unknown>();
    for (const name of await readdir(join(this.root, output), { recursive: true })) {
      const content = (): Promise<Buffer> => readFile(join(this.root, output, name));
      if (name.endsWith('.safetensors')) found.set(name, (await content()).toString('base64'));
      if (name === 'metrics.jsonl') found.set(name, numbersOf((await content()).toString()));
    }
    return found;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }
}

const numbersOf = (metrics: string): object[] =>
  metrics
    .trim()
    .split('\n')
    .map((line) => {
      const { loss, val_loss, grad_norm } = JSON.parse(line) as Record<string, number>;
      return { loss, val_loss, grad_norm };
    });
