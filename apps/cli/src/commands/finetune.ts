// `automodel finetune`: runs a recipe, showing its events.
import { composeRun, shellWord } from '@automodel/run';
import { pluginsFor, writeJson, type CliContext, type CommonOptions } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { recipeFrom, type RecipeOptions } from '../recipe-options.js';
import { renderResult, resultAsJson } from '../render/run-result.js';
import { RunReporter } from '../render/run-reporter.js';
import { style } from '../terminal/style.js';

export interface FinetuneCommandOptions extends CommonOptions, RecipeOptions {
  /** False: graphs stay as they were recorded and written. */
  readonly fuse?: boolean;
}

/**
 * `words`: a recipe file and overrides. Errors: everything that keeps the run from starting or ends
 * it.
 */
export async function finetune(
  context: CliContext,
  words: readonly string[],
  options: FinetuneCommandOptions,
): Promise<number> {
  const { streams, signal, workingDirectory } = context;
  const recipe = await recipeFrom(words, options, context);
  const reporter = new RunReporter(streams);
  await using run = composeRun(recipe, await pluginsFor(context, options), {
    workingDirectory,
    signal,
    environment: context.environment,
    fuse: options.fuse,
    onDataProgress: (progress) => reporter.loading(progress),
  });
  try {
    for await (const event of run.events(signal)) reporter.handle(event);
  } finally {
    reporter.finish();
  }
  const { summary } = reporter;
  if (options.json === true) writeJson(context, resultAsJson(summary));
  else
    streams.out.write(
      `${renderResult(summary, style(streams.color), commandOf(words, options)).join('\n')}\n`,
    );
  return summary.done?.reason === 'finished' ? EXIT.done : EXIT.interrupted;
}

/**
 * The words and options that started the run, for going on after it was stopped. Without `resume`
 * in them: where to go on from is said anew.
 */
function commandOf(
  words: readonly string[],
  { model, data, output, graph, fuse, plugin = [] }: FinetuneCommandOptions,
): string {
  const kept = words.filter((word, i) => !isRestore(word) && !(words[i - 1] === RESTORE));
  const given = Object.entries({ model, data, output, graph }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  const plugins = plugin.flatMap((path) => ['--plugin', path]);
  return [
    'npx automodel finetune',
    ...[...kept, ...given, ...plugins, ...(fuse === false ? ['--no-fuse'] : [])].map(shellWord),
  ].join(' ');
}

const RESTORE = '--checkpoint.restore_from';
const isRestore = (word: string): boolean => word === RESTORE || word.startsWith(`${RESTORE}=`);
