// What `automodel export` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { requiredText, text } from '../grammar/option.js';
import { backendOptions, forceOption, modelOption } from '../grammar/shared-options.js';

export const OPTIONS = {
  ...backendOptions,
  to: requiredText('--to <name>', 'the tool: an installed exporter such as vllm or gguf'),
  ...modelOption,
  adapter: text('--adapter <dir>', 'export this PEFT adapter for the model: folder or hub id'),
  type: text(
    '--type <type>',
    'how floats are stored, such as f16, bf16, q8_0 (default: as they are)',
  ),
  output: requiredText('--output <path>', 'where it goes: a folder, or a .gguf file'),
  ...forceOption,
};

export const exportCommand = declareCommand({
  name: 'export',
  description: 'write a model, or an adapter on one, in the form that another tool loads',
  group: 'Taking it elsewhere',
  examples: [
    'export --to gguf --type q8_0 --model out --output out.gguf',
    'export --to vllm --model out --output out-vllm',
  ],
  options: OPTIONS,
});
