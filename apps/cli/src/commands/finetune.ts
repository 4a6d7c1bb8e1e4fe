// `automodel finetune`: runs a recipe, showing its events.
import { resolve } from 'node:path';
import type { HostGroup } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { ResolvedRecipe } from '@automodel/recipe';
import {
  composeRun,
  examplePrompt,
  type ExamplePrompt,
  type LivePage,
  type ReportData,
  type Run,
} from '@automodel/run';
import { openRunPage } from '../browser/open-run-page.js';
import { writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/finetune.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { pluginsFor } from '../plugins-for.js';
import { profileFrom } from '../profile-options.js';
import { sharedRecipe } from '../ranks/shared-recipe.js';
import { asWritten, pathsOf } from '../render/as-written.js';
import { renderResult, resultAsJson } from '../render/run-result.js';
import { RunPrinter } from '../render/run-printer.js';
import { style } from '../terminal/style.js';
import { recipeFrom } from './recipe-options.js';
import { typedCommand } from './typed-command.js';

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
  const profile = await profileFrom(context, options);
  const own = await recipeFrom(words, options, context);
  const host = await met(context, own.recipe.recipe);
  const recipe = await sharedRecipe(own, words, host);
  const shown = asWritten([...pathsOf(recipe.recipe), options.profile], workingDirectory);
  const printer = new RunPrinter(streams, shown);
  await using training = composeRun(recipe, await pluginsFor(context, options), {
    workingDirectory,
    host,
    signal,
    environment: context.environment,
    fuse: options.fuse,
    profile,
    onPhase: (text) => printer.phase(text),
    onDataProgress: (progress) => printer.loading(progress),
  });
  let page: Promise<LivePage | undefined> | undefined;
  try {
    for await (const event of training.events(signal)) {
      if (event.type === 'model' && own.chosen !== undefined)
        printer.print(`chosen: ${own.chosen}`);
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
  else {
    const { checkpoint, model } = recipe.recipe;
    const prompt =
      summary.saved === undefined && summary.finishedBefore === undefined
        ? undefined
        : await promptFor(training);
    const lines = renderResult(summary, style(streams.color), {
      command: typedCommand('finetune', words, options),
      startsByItself: checkpoint.restore_from === 'auto',
      prompt,
      model: model.pretrained_model_name_or_path,
    });
    streams.out.write(`${shown(lines.join('\n'))}\n`);
  }
  return summary.done?.reason === 'finished' ? EXIT.done : EXIT.interrupted;
}

/** The processes that share the run. Errors: those of meeting them. */
const met = (
  { join, workingDirectory }: CommandContext,
  { checkpoint, dist_env: meeting }: ResolvedRecipe,
): Promise<HostGroup | undefined> | undefined =>
  join?.({
    folder: resolve(workingDirectory, checkpoint.checkpoint_dir),
    timeoutMinutes: meeting.timeout_minutes ?? undefined,
    initMethod: meeting.init_method ?? undefined,
  });

/** What the live page shows; it is opened after the first event. */
async function reportOf(training: Run): Promise<ReportData> {
  const report = await training.report();
  if (report === undefined) throw new AutomodelError('internal', 'no event of the run yet');
  return report;
}

/** What to try the result with; undefined for rows without questions. */
const promptFor = async ({
  opened: { recipe, tokenizer, workingDirectory },
}: Run): Promise<ExamplePrompt | undefined> =>
  examplePrompt(recipe.dataset, await tokenizer(), workingDirectory);
