// `automodel export`: a model, or an adapter on one, in the form that another tool loads.
import { exportModel } from '@automodel/run';
import { note, writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/export.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { hubOptions } from '../hub-options.js';
import { pluginsFor } from '../plugins-for.js';
import { during } from '../terminal/progress-line.js';
import { asWritten } from '../render/as-written.js';
import { renderExport } from '../render/export-result.js';

/**
 * Errors: an exporter that is not installed, what its format cannot express, those of opening model
 * and adapter.
 */
export async function run(
  context: CommandContext,
  options: CommandOptions<typeof OPTIONS>,
): Promise<number> {
  const { to, model, adapter, type, output, backend, threads, force = false } = options;
  const request = {
    to,
    model,
    adapter,
    type,
    output,
    overwrite: force,
    plugins: await pluginsFor(context, options),
    backend: { name: backend, threads },
    hub: hubOptions(context),
    workingDirectory: context.workingDirectory,
  };
  const result = await during(context.streams, `exporting to ${to}`, () => exportModel(request));
  if (options.json === true) writeJson(context, { to, ...result });
  else {
    const shown = asWritten([output, model, adapter], context.workingDirectory);
    for (const remark of result.notes) note(context, `note: ${shown(remark)}`);
    context.streams.out.write(`${shown(renderExport(result).join('\n'))}\n`);
  }
  return EXIT.done;
}
