// Ranks that hold a model at a checkpoint and save it again: what stands between a strategy and the
// files, without training.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { openTrainingState } from '@automodel/checkpoint';
import type { ParallelismPlugin } from '@automodel/contracts';
import type { RankAxis } from '@automodel/core';
import ddp from '@automodel/parallel-ddp';
import fsdp2 from '@automodel/parallel-fsdp2';
import lora from '@automodel/peft';
import { checkRecipe, type Recipe } from '@automodel/recipe';
import { singleProcess, type ModelSession } from '@automodel/session';
import { referenceBackend, simulatedRanks, type SimulatedRank } from '@automodel/testing';
import { restoreTraining, TrainingStep } from '@automodel/train';
import { checkpointTensors } from '../src/checkpoints/resume-point.js';
import { PluginRegistry, type OpenedRun } from '../src/index.js';
import { openRun } from '../src/open/open-run.js';
import { optimizerOf } from '../src/open/training-settings.js';
import { beginSaving } from '../src/stages/save.js';
import { backendPlugin } from './strategy-runs.js';
import { plugins } from './tiny-model.js';

/** How many ranks share a model, and how. */
export interface Sharing {
  readonly strategy: ParallelismPlugin;
  readonly axes: readonly RankAxis[];
  readonly options?: Readonly<Record<string, number>>;
}

export const sharings: Readonly<Record<string, Sharing>> = {
  'fsdp2 of 4': { strategy: fsdp2, axes: [{ name: 'dp_shard', size: 4 }] },
  'fsdp2 of 3': { strategy: fsdp2, axes: [{ name: 'dp_shard', size: 3 }] },
  'fsdp2 of 2': { strategy: fsdp2, axes: [{ name: 'dp_shard', size: 2 }] },
  'hsdp of 2 x 2': {
    strategy: fsdp2,
    axes: [
      { name: 'dp_replicate', size: 2 },
      { name: 'dp_shard', size: 2 },
    ],
    options: { dp_replicate_size: 2 },
  },
  'ddp of 3': { strategy: ddp, axes: [{ name: 'dp_replicate', size: 3 }] },
  'ddp of 2': { strategy: ddp, axes: [{ name: 'dp_replicate', size: 2 }] },
};

/** One rank with a model in its memory. */
export interface SavingRank {
  readonly run: OpenedRun;
  readonly session: ModelSession;
  readonly training: TrainingStep;
}

/** Opens the recipe's model on every rank, as it was at the checkpoint. */
export function ranksAt(
  recipe: Recipe,
  checkpoint: string,
  sharing?: Sharing,
): Promise<readonly SavingRank[]> {
  const ranks: readonly SimulatedRank[] =
    sharing === undefined
      ? [{ backend: referenceBackend(), host: singleProcess.host }]
      : simulatedRanks(sharing.axes);
  const distributed =
    sharing === undefined ? {} : { strategy: sharing.strategy.name, ...sharing.options };
  const parsed = checkRecipe({ ...recipe, distributed, backend: { type: 'reference' } });
  return Promise.all(
    ranks.map(async ({ backend, host }) => {
      const given = [...plugins, lora, ddp, fsdp2, backendPlugin(backend)];
      const run = openRun(parsed, new PluginRegistry({ discovered: [], given }), { host });
      const session = await run.session();
      const training = new TrainingStep(session, {
        optimizer: optimizerOf(run.recipe),
        maxNorm: 1,
      });
      const point = { path: checkpoint, stored: await openTrainingState(checkpoint) };
      const tensors = await checkpointTensors(point, session, await run.adapter());
      await restoreTraining(session, training, tensors);
      return { run, session, training };
    }),
  );
}

/** Saves checkpoints of all ranks into the recipe's folder. */
export interface SaverOfRanks extends AsyncDisposable {
  /** The checkpoint after `step`; its path, as every rank has it. */
  save(step: number): Promise<readonly string[]>;
}

export async function saverOfRanks(ranks: readonly SavingRank[]): Promise<SaverOfRanks> {
  await ranks[0]!.run.output.lock();
  const all = await Promise.all(
    ranks.map(({ run, session }) =>
      beginSaving(run, session, { kind: 'fresh' }, { copiesAtCheckpoint: true }),
    ),
  );
  const save = (step: number): Promise<string[]> =>
    Promise.all(
      ranks.map(async ({ training }, rank) => {
        const pending = await all[rank]!.save({
          ...{ step, epoch: 0, last: false, result: false, trainLoss: 1, training },
          ...{ validationLosses: new Map(), validationsDue: [], earlyStopping: undefined },
        });
        await pending!.released;
        const path = await pending!.published;
        await pending!.tidied;
        return path;
      }),
    );
  return {
    save,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(all.map((one) => one[Symbol.asyncDispose]()));
      await Promise.all(ranks.map(({ run }) => run.close()));
    },
  };
}

/** Every file below a folder. */
export async function bytesOfFolder(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [relative(folder, path), (await readFile(path)).toString('base64')] as const;
      }),
    ),
  );
}
