// Stage: locks the folder and checks before anything large is opened: how the run starts, whether
// the exporter is installed, the output folder can be written, the weights fit the model and the
// backend starts.
import { allSucceed } from '@automodel/checkpoint';
import type { Stop } from '@automodel/train';
import { checkBeforeData } from '../check/check-before-data.js';
import { checkSameStart } from '../checkpoints/same-start.js';
import { findStart, type Start } from '../checkpoints/start.js';
import type { NotesEvent, WaitingEvent } from '../events/run-events.js';
import { exporterOf } from '../export/export-model.js';
import { checkShared } from '../folder/check-shared.js';
import { leadersFirst } from '../open/leaders-first.js';
import type { OpenedRun } from '../open/opened-run.js';
import { compareRecipes } from './compare-processes.js';
import { lock } from './lock.js';

type Needs = Parameters<typeof checkBeforeData>[0] &
  Pick<OpenedRun, 'notes' | 'recipe' | 'source' | 'plugins' | 'host' | 'tell'>;

/**
 * Errors: those of `compareRecipes`, `lock`, `checkShared`, `findStart`, `checkSameStart`,
 * `exporterOf` and `checkBeforeData`.
 */
export async function* prepare(
  run: Needs,
  stop: Stop,
): AsyncGenerator<NotesEvent | WaitingEvent, Start, undefined> {
  const { notes, host } = run;
  await compareRecipes(run);
  yield* lock(run, stop);
  await checkShared(run.output.path, host);
  const start = await allSucceed(host, () => findStart(run));
  await checkSameStart(start, host);
  if (start.kind === 'finished') return start;
  if (notes.length > 0) yield { type: 'notes', notes };
  await exporterOf(run);
  run.tell('opening the model');
  await leadersFirst(host, run.modelFolder);
  await run.model();
  await checkBeforeData(run);
  return start;
}
