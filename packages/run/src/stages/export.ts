// Stage: exports the result for another tool, if the recipe has an export section.
import { resolve } from 'node:path';
import type { ExportResult } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { ExportedEvent, SavedEvent } from '../events/run-events.js';
import type { ModelSession } from '@automodel/session';
import { exportModel } from '../export/export-model.js';
import type { OpenedRun } from '../open/opened-run.js';

/**
 * Closes the session first, because exporting opens the saved model and two must never be in
 * memory. Without an `output`, the export goes beside the run's folder: `out-gguf`. Errors: those
 * of `exportModel`, saying where the trained result is.
 */
export async function* exportResult(
  { recipe, plugins, workingDirectory }: Pick<OpenedRun, 'recipe' | 'plugins' | 'workingDirectory'>,
  session: ModelSession,
  saved: SavedEvent,
): AsyncGenerator<ExportedEvent, void, undefined> {
  await session.close();
  const { export: section, backend } = recipe;
  if (section === null) return;
  const output = resolve(workingDirectory, section.output ?? `${saved.directory}-${section.to}`);
  const source =
    saved.base === undefined
      ? { model: saved.directory }
      : { model: saved.base, adapter: saved.directory };
  let result: ExportResult;
  try {
    result = await exportModel({
      ...source,
      to: section.to,
      type: section.type ?? undefined,
      output,
      plugins,
      backend: { name: backend.type, threads: backend.threads ?? undefined },
      workingDirectory,
    });
  } catch (cause) {
    if (!(cause instanceof AutomodelError)) throw cause;
    const hint = cause.hint === undefined ? '' : `${cause.hint}; `;
    throw new AutomodelError(cause.code, `export: ${cause.message}`, {
      cause,
      hint: `${hint}the trained result is saved in ${saved.directory}`,
    });
  }
  yield { type: 'exported', to: section.to, result };
}
