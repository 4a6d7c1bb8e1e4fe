// The model of a command that generates with it or measures it: opened with its adapter, its
// recorded graph and the backend that the options name.
import { AutoModelForCausalLM } from '@automodel/run';
import { noteRecorded, pluginsFor, type CliContext, type CommonOptions } from './cli-context.js';
import { hubOptions } from './hub-options.js';

/** Options of commands that open one model. */
export interface ModelOptions extends CommonOptions {
  readonly model: string;
  /** PEFT adapter on top of the model. */
  readonly adapter?: string;
  readonly dtype?: 'f32' | 'bf16';
  /** A recorded forward pass in place of a model package. */
  readonly graph?: string;
  readonly backend?: string;
  readonly threads?: number;
}

/** Errors: those of `AutoModelForCausalLM.fromPretrained`. */
export async function openModel(
  context: CliContext,
  options: ModelOptions,
): Promise<AutoModelForCausalLM> {
  const { model: name, adapter, graph, dtype, backend, threads } = options;
  const plugins = await pluginsFor(context, options);
  const model = await AutoModelForCausalLM.fromPretrained(name, {
    ...hubOptions(context),
    plugins,
    adapter,
    graph,
    dtype,
    backend: { name: backend, threads },
    workingDirectory: context.workingDirectory,
  });
  noteRecorded(context, model.session);
  return model;
}
