// `automodel export`: a model, or an adapter on one, in the form that another tool loads.
import { exportModel } from '@automodel/run';
import {
  note,
  pluginsFor,
  writeJson,
  type CliContext,
  type CommonOptions,
} from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { hubOptions } from '../hub-options.js';
import { renderExport } from '../render/export-result.js';

export interface ExportCommandOptions extends CommonOptions {
  readonly to: string;
  readonly model: string;
  readonly adapter?: string;
  readonly type?: string;
  readonly output: string;
  readonly backend?: string;
  readonly threads?: number;
}

/**
 * Errors: an exporter that is not installed, what its format cannot express, those of opening model
 * and adapter.
 */
export async function exportCommand(
  context: CliContext,
  options: ExportCommandOptions,
): Promise<number> {
  const { to, model, adapter, type, output, backend, threads } = options;
  const result = await exportModel({
    to,
    model,
    adapter,
    type,
    output,
    plugins: await pluginsFor(context, options),
    backend: { name: backend, threads },
    hub: hubOptions(context),
    workingDirectory: context.workingDirectory,
  });
  if (options.json === true) writeJson(context, { to, ...result });
  else {
    for (const text of result.notes) note(context, `note: ${text}`);
    context.streams.out.write(`${renderExport(result).join('\n')}\n`);
  }
  return EXIT.done;
}
