// The export section of a recipe: looked at before training, done when the result is on disk.
import { resolve } from 'node:path';
import type { ExportResult } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { exporterFor, exportModel } from '../export/export-model.js';
import type { RunContainer } from '../open/run-container.js';
import { PARTS } from '../open/tokens.js';
import type { ExportedEvent, SavedEvent } from '../events/run-events.js';

/** Errors: those of `exporterFor`, before any work is done. */
export async function checkExport(parts: RunContainer): Promise<void> {
  const { export: section } = parts.get(PARTS.recipe).recipe;
  if (section !== null)
    await exporterFor(parts.get(PARTS.plugins), section.to, section.type?.toLowerCase());
}

/**
 * Without an `output` the export goes beside the run's folder: `out-gguf`. Errors: those of
 * `exportModel`, saying where the trained result is.
 */
export async function* exported(
  parts: RunContainer,
  saved: SavedEvent,
): AsyncGenerator<ExportedEvent, void, undefined> {
  const { export: section, backend } = parts.get(PARTS.recipe).recipe;
  if (section === null) return;
  const workingDirectory = parts.get(PARTS.workingDirectory);
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
      plugins: parts.get(PARTS.plugins),
      backend: { name: backend.type, threads: backend.threads ?? undefined },
      workingDirectory,
    });
  } catch (cause) {
    if (!(cause instanceof AutomodelError)) throw cause;
    const kept = `the trained result is saved in ${saved.directory}`;
    throw new AutomodelError(cause.code, `export: ${cause.message}`, {
      cause,
      hint: cause.hint === undefined ? kept : `${cause.hint}; ${kept}`,
    });
  }
  yield { type: 'exported', to: section.to, result };
}
