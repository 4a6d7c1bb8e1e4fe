// Runs of a tiny model that tests stop, and what is refused of them.
import { mkdtemp, readdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finetune, type RunEvent } from '@automodel/run';
import { type Recipe } from '@automodel/recipe';
import { plugins, writeModel, writeRows } from './tiny-model.js';

export const root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-stopped-')));
export const model = await writeModel(root);
export const data = await writeRows(join(root, 'rows.jsonl'), 12);

export const recipe = (output: string, more: Partial<Recipe> = {}): Recipe => ({
  model: { pretrained_model_name_or_path: model },
  dataset: { path_or_dataset_id: data },
  step_scheduler: { global_batch_size: 4, local_batch_size: 2, num_epochs: 1 },
  optimizer: { lr: 1e-2 },
  backend: { threads: 1 },
  ...more,
  checkpoint: { checkpoint_dir: join(root, output), ...more.checkpoint },
});

/** All events; the run is stopped at an event for which `stops` is true. */
export async function run(
  input: Recipe,
  stops: (event: RunEvent) => boolean = () => false,
): Promise<RunEvent[]> {
  const stop = new AbortController();
  const events: RunEvent[] = [];
  for await (const event of finetune(input, { plugins, signal: stop.signal })) {
    events.push(event);
    if (stops(event)) stop.abort();
  }
  return events;
}
export const refusal = (input: Recipe): Promise<string> =>
  run(input).then(
    () => 'ran',
    (error: Error & { hint?: string }) => `${error.message} (${error.hint ?? ''})`,
  );
/** Without the lock, which stays. */
export const filesOf = async (output: string): Promise<string[]> =>
  (await readdir(join(root, output))).filter((name) => !/^\.lock-\d+\.json$/.test(name)).sort();
