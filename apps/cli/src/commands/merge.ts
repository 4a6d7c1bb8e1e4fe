// `automodel merge`: an adapter and the model below it as one complete Hugging Face folder. The sums are taken in f32 and stored as the model is.
import { resolve } from 'node:path';
import { AutoModelForCausalLM, shellWord } from '@automodel/recipe';
import { pluginsFor, writeJson, type CliContext, type CommonOptions } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { hubOptions } from '../hub-options.js';

export interface MergeCommandOptions extends CommonOptions {
  readonly model: string;
  readonly adapter: string;
  readonly output: string;
  readonly graph?: string;
  readonly backend?: string;
  readonly threads?: number;
}

/** Errors: those of opening model and adapter; `conflict` for an output folder that holds other files. */
export async function merge(context: CliContext, options: MergeCommandOptions): Promise<number> {
  const { workingDirectory } = context;
  const plugins = await pluginsFor(context, options);
  await using model = await AutoModelForCausalLM.fromPretrained(options.model, { ...hubOptions(context), plugins, adapter: options.adapter, graph: options.graph, backend: { name: options.backend, threads: options.threads }, workingDirectory });
  const saved = await model.savePretrained(resolve(workingDirectory, options.output));
  if (options.json === true) writeJson(context, { directory: saved.directory, files: saved.files });
  else context.streams.out.write(`merged   ${saved.directory}\n\nnext: npx automodel generate --model ${shellWord(saved.directory)} --prompt Hello\n`);
  return EXIT.done;
}
