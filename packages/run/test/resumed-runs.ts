// Runs that are stopped, and resumed from a checkpoint.
import { join } from 'node:path';
import lora from '@automodel/peft';
import type { Recipe } from '@automodel/recipe';
import { AutoModelForCausalLM, type RunEvent } from '@automodel/run';
import { plugins } from './tiny-model.js';
import { TinyRuns } from './tiny-runs.js';

/** Runs of eight steps with a checkpoint after every second one. */
export const resumedRuns = (): Promise<TinyRuns> =>
  TinyRuns.create(14, () => ({
    step_scheduler: {
      global_batch_size: 4,
      local_batch_size: 2,
      num_epochs: 2,
      ckpt_every_steps: 2,
      save_checkpoint_every_epoch: false,
    },
    lr_scheduler: { lr_decay_style: 'cosine', lr_warmup_steps: 2 },
  }));

/** The model, stored in bf16. */
export async function bf16Model({ root }: TinyRuns): Promise<string> {
  await using model = await AutoModelForCausalLM.fromConfig(join(root, 'description'), {
    plugins,
    seed: 1,
    backend: { threads: 1 },
  });
  return (await model.savePretrained(join(root, 'model-bf16'), { dtype: 'bf16' })).directory;
}

/** All events; with `stopAfter` the run is stopped in that step (from 0). */
export function run(runs: TinyRuns, recipe: Recipe, stopAfter?: number): Promise<RunEvent[]> {
  const stop = new AbortController();
  return runs.run(recipe, {
    plugins: [lora],
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === stopAfter) stop.abort();
    },
  });
}

/** The error that a run ends with and its hint; `ran` without one. */
export const refusalOf = (runs: TinyRuns, recipe: Recipe): Promise<string> =>
  run(runs, recipe).then(
    () => 'ran',
    (error: Error & { hint?: string }) => `${error.message} (${error.hint ?? ''})`,
  );
