// The model of a command that generates with it or measures it: opened with its adapter, its
// recorded graph and the backend that the options name.
import { AutoModelForCausalLM, type SharedBy } from '@automodel/run';
import { noteRecorded, type CliContext } from './cli-context.js';
import type { OptionsOf } from './grammar/option.js';
import type {
  adapterOption,
  backendOptions,
  CommonOptions,
  dtypeOption,
  graphOption,
  modelOption,
} from './grammar/shared-options.js';
import { hubOptions } from './hub-options.js';
import { pluginsFor } from './plugins-for.js';
import { during } from './terminal/progress-line.js';

/** Options of commands that open one model. */
export type ModelOptions = CommonOptions &
  Partial<OptionsOf<typeof adapterOption & typeof graphOption & typeof dtypeOption>> &
  OptionsOf<typeof backendOptions & typeof modelOption>;

/**
 * `shared`: the processes that share it. Errors: those of `AutoModelForCausalLM.fromPretrained`.
 */
export async function openModel(
  context: CliContext,
  options: ModelOptions,
  shared?: SharedBy,
): Promise<AutoModelForCausalLM> {
  const { model: name, adapter, graph, dtype, backend, threads } = options;
  const plugins = await pluginsFor(context, options);
  const load = (): Promise<AutoModelForCausalLM> =>
    AutoModelForCausalLM.fromPretrained(name, {
      ...hubOptions(context),
      plugins,
      adapter,
      graph,
      dtype,
      backend: { name: backend, threads },
      shared,
      workingDirectory: context.workingDirectory,
    });
  const model = await during(context.streams, `loading ${name}`, load);
  noteRecorded(context, model.session);
  return model;
}
