// `automodel finetune`: runs a recipe, showing its events.
import { AutomodelError } from '@automodel/core';
import { composeRun, shellWord, type LivePage, type ReportData, type Run } from '@automodel/run';
import { openRunPage } from '../browser/open-run-page.js';
import { writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/finetune.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { pluginsFor } from '../plugins-for.js';
import { renderResult, resultAsJson } from '../render/run-result.js';
import { RunPrinter } from '../render/run-printer.js';
import { style } from '../terminal/style.js';
import { recipeFrom } from './recipe-options.js';

type Options = CommandOptions<typeof OPTIONS>;

/**
 * `words`: a recipe file and overrides. Errors: everything that keeps the run from starting or ends
 * it.
 */
export async function run(
  context: CommandContext,
  options: Options,
  words: readonly string[],
): Promise<number> {
  const { streams, signal, workingDirectory } = context;
  const recipe = await recipeFrom(words, options, context);
  const printer = new RunPrinter(streams);
  await using training = composeRun(recipe, await pluginsFor(context, options), {
    workingDirectory,
    signal,
    environment: context.environment,
    fuse: options.fuse,
    onDataProgress: (progress) => printer.loading(progress),
  });
  let page: Promise<LivePage | undefined> | undefined;
  try {
    for await (const event of training.events(signal)) {
      printer.handle(event);
      if (options.open === true)
        page ??= openRunPage(
          context,
          () => reportOf(training),
          (line) => printer.print(line),
        );
    }
  } finally {
    printer.finish();
    await (await page)?.close();
  }
  const { summary } = printer;
  if (options.json === true) writeJson(context, resultAsJson(summary));
  else
    streams.out.write(
      `${renderResult(summary, style(streams.color), {
        command: commandOf(words, options),
        startsByItself: recipe.recipe.checkpoint.restore_from === 'auto',
      }).join('\n')}\n`,
    );
  return summary.done?.reason === 'finished' ? EXIT.done : EXIT.interrupted;
}

/** What the live page shows; it is opened after the first event. */
async function reportOf(training: Run): Promise<ReportData> {
  const report = await training.report();
  if (report === undefined) throw new AutomodelError('internal', 'no event of the run yet');
  return report;
}

/**
 * The words and options that started the run, for continuing it after a stop. They leave out
 * `resume`: the caller says where to continue from.
 */
function commandOf(
  words: readonly string[],
  { model, data, output, graph, fuse, plugin = [] }: Options,
): string {
  const kept = words.filter((word, i) => !isRestore(word) && !(words[i - 1] === RESTORE));
  const given = Object.entries({ model, data, output, graph }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  const plugins = plugin.flatMap((path) => ['--plugin', path]);
  return [
    'npx automodel finetune',
    ...[...kept, ...given, ...plugins, ...(fuse ? [] : ['--no-fuse'])].map(shellWord),
  ].join(' ');
}

const RESTORE = '--checkpoint.restore_from';
const isRestore = (word: string): boolean => word === RESTORE || word.startsWith(`${RESTORE}=`);
