// `automodel finetune`: runs a recipe, showing its events.
import { composeRun, shellWord } from '@automodel/run';
import { writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { defineCommand, type CommandOptions } from '../grammar/define-command.js';
import { recipeWords, text } from '../grammar/option.js';
import { fusionOption, graphOption, recipeOptions } from '../grammar/shared-options.js';
import { pluginsFor } from '../plugins-for.js';
import { renderResult, resultAsJson } from '../render/run-result.js';
import { RunPrinter } from '../render/run-printer.js';
import { style } from '../terminal/style.js';
import { recipeFrom } from './recipe-options.js';

const OPTIONS = {
  ...recipeOptions,
  ...graphOption,
  ...fusionOption,
  resume: text(
    '--resume <checkpoint>',
    'continue from a checkpoint: latest, best, its name or its folder',
  ),
};
type Options = CommandOptions<typeof OPTIONS>;

/**
 * `words`: a recipe file and overrides. Errors: everything that keeps the run from starting or ends
 * it.
 */
async function run(
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
  try {
    for await (const event of training.events(signal)) printer.handle(event);
  } finally {
    printer.finish();
  }
  const { summary } = printer;
  if (options.json === true) writeJson(context, resultAsJson(summary));
  else
    streams.out.write(
      `${renderResult(summary, style(streams.color), commandOf(words, options)).join('\n')}\n`,
    );
  return summary.done?.reason === 'finished' ? EXIT.done : EXIT.interrupted;
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

export const finetune = defineCommand({
  name: 'finetune',
  description: 'train as a recipe says; --model, --data and --output can replace the recipe',
  group: 'Training',
  examples: [
    'finetune recipe.yaml',
    'finetune recipe.yaml --optimizer.lr 5e-5',
    'finetune --model ./my-model --data train.jsonl --output out',
    'finetune recipe.yaml --resume latest',
  ],
  isDefault: true,
  argument: recipeWords,
  options: OPTIONS,
  run,
});
