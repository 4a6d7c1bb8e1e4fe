// Stage: exports the result for another tool, if the recipe has an export section.
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ExportResult } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { Stop } from '@automodel/train';
import type { ExportedEvent, SavedEvent } from '../events/run-events.js';
import { exportModel } from '../export/export-model.js';
import type { OpenedRun } from '../open/opened-run.js';

type Needs = Pick<OpenedRun, 'recipe' | 'plugins' | 'workingDirectory' | 'tell'>;

/** Where the export of the result in `directory` goes: without an `output`, beside: `out-gguf`. */
const exportPath = (
  { workingDirectory }: Needs,
  { to, output }: NonNullable<OpenedRun['recipe']['export']>,
  directory: string,
): string => resolve(workingDirectory, output ?? `${directory}-${to}`);

/** Whether the recipe asks for an export that is not there. */
export async function isExportMissing(run: Needs, directory: string): Promise<boolean> {
  const { export: section } = run.recipe;
  if (section === null) return false;
  return (await stat(exportPath(run, section, directory)).catch(() => undefined)) === undefined;
}

/**
 * Opens the saved model, so the session has to be closed: two must never be in memory. Returns
 * false if a stop came before it. Errors: those of `exportModel`, saying where the trained result
 * is.
 */
export async function* exportResult(
  run: Needs,
  saved: Pick<SavedEvent, 'directory' | 'base'>,
  stop: Stop,
): AsyncGenerator<ExportedEvent, boolean, undefined> {
  const { recipe, plugins, workingDirectory, tell } = run;
  const { export: section, backend } = recipe;
  if (section === null) return true;
  if (stop.requested) return false;
  const output = exportPath(run, section, saved.directory);
  const source =
    saved.base === undefined
      ? { model: saved.directory }
      : { model: saved.base, adapter: saved.directory };
  tell(`exporting to ${section.to}`);
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
  return true;
}
