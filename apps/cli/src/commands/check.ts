// `automodel check`: everything that can be found out before training, and rows as the model will
// see them; or, with --nemo, what becomes of NeMo's recipes here.
import { resolve } from 'node:path';
import { locationOf, previewLabels, trainedTokensOf } from '@automodel/data';
import { RecipeMistakes } from '@automodel/recipe';
import { checkNemoRecipes, composeRun, findingsOf, type Finding, type Run } from '@automodel/run';
import { writeJson, type CliContext, type CommandContext } from '../cli-context.js';
import { exitCodeOf } from '../describe-error.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/check.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { runHubOptions } from '../hub-options.js';
import { pluginsFor } from '../plugins-for.js';
import { refuseExisting } from '../refuse-existing.js';
import { asWritten, pathsOf } from '../render/as-written.js';
import { checkHtml, type CheckedRow } from '../render/check-html.js';
import { findingLines, verdictLine } from '../render/finding-lines.js';
import { renderLabelMask } from '../render/label-mask.js';
import { nemoTable } from '../render/nemo-table.js';
import { style } from '../terminal/style.js';
import { writePage } from '../write-page.js';
import { recipeFrom } from './recipe-options.js';
import { typedCommand } from './typed-command.js';

type Options = CommandOptions<typeof OPTIONS>;

/**
 * 0 if nothing keeps the run from starting; else 2 for what has to be fixed in the input, 1 if only
 * a check failed.
 */
export async function run(
  context: CommandContext,
  options: Options,
  words: readonly string[],
): Promise<number> {
  if (options.nemo === true) return checkNemo(context, options, words);
  const { signal, workingDirectory, streams } = context;
  const { html, force } = options;
  await refuseExisting(context, { file: html, option: '--html', force });
  const found = await recipeFrom(words, options, context).catch((error: unknown) => {
    if (error instanceof RecipeMistakes) return error;
    throw error;
  });
  if (found instanceof RecipeMistakes) return refuseRecipe(context, options, found);
  const { recipe } = found;
  await using checked = composeRun(recipe, await pluginsFor(context, options), {
    workingDirectory,
    signal,
    ...runHubOptions(context),
  });
  const shown = asWritten(pathsOf(recipe.recipe), workingDirectory);
  const findings: Finding[] = [];
  for await (const finding of checked.check()) {
    findings.push(finding);
    if (options.json !== true)
      streams.out.write(`${shown(findingLines(finding, style(streams.color)).join('\n'))}\n`);
  }
  const rows = canShowRows(findings) ? await firstRows(checked, options.rows) : [];
  if (options.json === true) writeJson(context, asJson(findings, rows));
  else {
    const next = typedCommand('finetune', words, options);
    streams.out.write(`${shown(closingLines(findings, rows, next, context).join('\n'))}\n`);
  }
  if (html !== undefined) {
    const title = `automodel check ${words.join(' ')}`.trim();
    await writePage(context, html, checkHtml(title, findings, rows), 'rows and findings');
  }
  return exitCodeFor(findings);
}

/** Everything that is wrong with the recipe; nothing else can be checked then. */
function refuseRecipe(context: CommandContext, options: Options, { all }: RecipeMistakes): number {
  const findings = all.flatMap((error) => findingsOf('recipe', error));
  const { out } = context.streams;
  if (options.json === true) writeJson(context, asJson(findings, []));
  else {
    const text = style(context.streams.color);
    const lines = findings.flatMap((finding) => findingLines(finding, text));
    out.write(`${[...lines, '', verdictLine(findings, '')].join('\n')}\n`);
  }
  return exitCodeFor(findings);
}

/** Rows can be shown where the model, its tokenizer and the data could be read. */
const canShowRows = (findings: readonly Finding[]): boolean =>
  !findings.some(
    ({ check: name, error }) =>
      error !== undefined && ['model', 'tokenizer', 'data'].includes(name),
  );

const asJson = (findings: readonly Finding[], rows: readonly CheckedRow[]): object => ({
  ok: !failed(findings),
  findings: findings.map(({ error, ...finding }) => ({ ...finding, code: error?.code })),
  rows,
});

function closingLines(
  findings: readonly Finding[],
  rows: readonly CheckedRow[],
  next: string,
  context: CliContext,
): string[] {
  return [...rows.flatMap((row) => rowLines(row, context)), '', verdictLine(findings, next)];
}

function exitCodeFor(findings: readonly Finding[]): number {
  const mistake = findings.find(({ error }) => error !== undefined)?.error;
  if (mistake !== undefined) return exitCodeOf(mistake);
  return failed(findings) ? EXIT.failedCheck : EXIT.done;
}

const failed = (findings: readonly Finding[]): boolean =>
  findings.some(({ level }) => level === 'error');

async function firstRows(checked: Run, count: number): Promise<readonly CheckedRow[]> {
  const tokenizer = await checked.opened.tokenizer();
  const { samples } = await checked.opened.trainingData();
  return samples.slice(0, count).map((sample) => ({
    source: sample.source,
    tokens: sample.inputIds.length,
    trainedTokens: trainedTokensOf(sample),
    pieces: previewLabels(tokenizer, sample),
  }));
}

function rowLines(
  { source, tokens, trainedTokens, pieces }: CheckedRow,
  { streams }: CliContext,
): string[] {
  const text = style(streams.color);
  return [
    '',
    `${text.bold(locationOf(source))} ${text.dim(`${tokens} tokens, ${trainedTokens} trained`)}`,
    renderLabelMask(pieces, text, streams.color),
  ];
}

async function checkNemo(
  context: CliContext,
  options: Options,
  words: readonly string[],
): Promise<number> {
  const { workingDirectory, environment } = context;
  const paths = (words.length === 0 ? ['.'] : words).map((word) => resolve(workingDirectory, word));
  const verdicts = await checkNemoRecipes(paths, { environment, workingDirectory });
  if (options.json === true) writeJson(context, verdicts);
  else
    context.streams.out.write(`${nemoTable(verdicts, style(context.streams.color)).join('\n')}\n`);
  return EXIT.done;
}
