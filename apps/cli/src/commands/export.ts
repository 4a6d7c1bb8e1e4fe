// `automodel export`: a model, or an adapter on one, in the form that another tool loads.
import { exportModel } from '@automodel/run';
import { note, writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { defineCommand, type CommandOptions } from '../grammar/define-command.js';
import { requiredText, text } from '../grammar/option.js';
import { backendOptions, modelOption } from '../grammar/shared-options.js';
import { hubOptions } from '../hub-options.js';
import { pluginsFor } from '../plugins-for.js';
import { renderExport } from '../render/export-result.js';

const OPTIONS = {
  ...backendOptions,
  to: requiredText('--to <name>', 'the tool: an installed exporter such as vllm or gguf'),
  ...modelOption,
  adapter: text('--adapter <dir>', 'export this PEFT adapter for the model: folder or hub id'),
  type: text(
    '--type <type>',
    'how floats are stored, such as f16, bf16, q8_0 (default: as they are)',
  ),
  output: requiredText('--output <path>', 'where it goes: a folder, or a .gguf file'),
};

/**
 * Errors: an exporter that is not installed, what its format cannot express, those of opening model
 * and adapter.
 */
async function run(
  context: CommandContext,
  options: CommandOptions<typeof OPTIONS>,
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
    for (const remark of result.notes) note(context, `note: ${remark}`);
    context.streams.out.write(`${renderExport(result).join('\n')}\n`);
  }
  return EXIT.done;
}

export const exportCommand = defineCommand({
  name: 'export',
  description: 'write a model, or an adapter on one, in the form that another tool loads',
  group: 'Taking it elsewhere',
  examples: [
    'export --to gguf --type q8_0 --model out --output out.gguf',
    'export --to vllm --model out --output out-vllm',
  ],
  options: OPTIONS,
  run,
});
