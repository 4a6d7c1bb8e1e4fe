// Stage: checks before anything large is opened: how the run starts, whether the exporter is
// installed, the output folder can be written, the weights fit the model and the backend starts.
import { checkBeforeData } from '../check/check-before-data.js';
import { findStart, type Start } from '../checkpoints/start.js';
import type { NotesEvent } from '../events/run-events.js';
import { exporterOf } from '../export/export-model.js';
import type { OpenedRun } from '../open/opened-run.js';

type Needs = Parameters<typeof checkBeforeData>[0] &
  Pick<OpenedRun, 'notes' | 'plugins' | 'parallelism'>;

/** Errors: those of `findStart`, `exporterOf` and `checkBeforeData`. */
export async function* prepare(run: Needs): AsyncGenerator<NotesEvent, Start, undefined> {
  const { notes, output } = run;
  const { host } = await run.parallelism();
  if (host.rank === 0) await output.completeResult();
  await host.barrier();
  const start = await findStart(run);
  if (notes.length > 0) yield { type: 'notes', notes };
  await exporterOf(run);
  await run.model();
  await checkBeforeData(run);
  return start;
}
