// `automodel check`: everything that can be found out before training, and rows as the model will
// see them; or, with --nemo, what becomes of NeMo's recipes here.
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { locationOf, previewLabels, trainedTokensOf } from '@automodel/data';
import {
  checkNemoRecipes,
  composeRun,
  PARTS,
  shellWord,
  type Finding,
  type Run,
} from '@automodel/run';
import {
  note,
  pluginsFor,
  writeJson,
  type CliContext,
  type CommonOptions,
} from '../cli-context.js';
import { EXIT, exitCodeOf } from '../exit-code.js';
import { runHubOptions } from '../hub-options.js';
import { recipeFrom, type RecipeOptions } from '../recipe-options.js';
import { checkHtml, type CheckedRow } from '../render/check-html.js';
import { findingLines, verdictLine } from '../render/check-report.js';
import { renderLabelMask } from '../render/label-mask.js';
import { nemoTable } from '../render/nemo-table.js';
import { style } from '../terminal/style.js';

export interface CheckCommandOptions extends CommonOptions, RecipeOptions {
  /** Rows to show. */
  readonly rows: number;
  /** File for a page with findings and rows. */
  readonly html?: string;
  /** The words are recipes of NeMo, or folders of them. */
  readonly nemo?: boolean;
}

/**
 * 0 where nothing keeps the run from starting; else 2 for what has to be mended in the input, 1
 * where only a check failed.
 */
export async function check(
  context: CliContext,
  words: readonly string[],
  options: CheckCommandOptions,
): Promise<number> {
  if (options.nemo === true) return checkNemo(context, words, options);
  const { signal, workingDirectory } = context;
  const recipe = await recipeFrom(words, options, context);
  await using run = composeRun(recipe, await pluginsFor(context, options), {
    workingDirectory,
    signal,
    ...runHubOptions(context),
  });
  const findings: Finding[] = [];
  const text = style(context.streams.color);
  for await (const finding of run.check()) {
    findings.push(finding);
    if (options.json !== true)
      context.streams.out.write(`${findingLines(finding, text).join('\n')}\n`);
  }
  const rows = findings.some(
    ({ check: name, error }) =>
      error !== undefined && ['model', 'tokenizer', 'data'].includes(name),
  )
    ? []
    : await firstRows(run, options.rows);
  if (options.json === true)
    writeJson(context, {
      ok: !failed(findings),
      findings: findings.map(({ error, ...finding }) => ({ ...finding, code: error?.code })),
      rows,
    });
  else
    context.streams.out.write(
      `${[...rows.flatMap((row) => rowLines(row, context)), '', verdictLine(findings, ['npx automodel finetune', ...words.map(shellWord)].join(' '))].join('\n')}\n`,
    );
  if (options.html !== undefined)
    await writePage(
      context,
      options.html,
      checkHtml(`automodel check ${words.join(' ')}`.trim(), findings, rows),
    );
  const mistake = findings.find(({ error }) => error !== undefined)?.error;
  return mistake !== undefined
    ? exitCodeOf(mistake)
    : failed(findings)
      ? EXIT.failedCheck
      : EXIT.done;
}

const failed = (findings: readonly Finding[]): boolean =>
  findings.some(({ level }) => level === 'error');

async function firstRows(run: Run, count: number): Promise<readonly CheckedRow[]> {
  const [tokenizer, { samples }] = [
    await run.get(PARTS.tokenizer),
    await run.get(PARTS.trainingData),
  ];
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

async function writePage(context: CliContext, file: string, page: string): Promise<void> {
  const path = resolve(context.workingDirectory, file);
  await writeFile(path, page).catch((cause: Error) => {
    throw new AutomodelError('io', `the page cannot be written: ${cause.message}`, {
      location: path,
      cause,
    });
  });
  note(context, `rows and findings: ${path}`);
}

async function checkNemo(
  context: CliContext,
  words: readonly string[],
  options: CheckCommandOptions,
): Promise<number> {
  const { workingDirectory, environment } = context;
  const paths = (words.length === 0 ? ['.'] : words).map((word) => resolve(workingDirectory, word));
  const verdicts = await checkNemoRecipes(paths, { environment, workingDirectory });
  if (options.json === true) writeJson(context, verdicts);
  else
    context.streams.out.write(`${nemoTable(verdicts, style(context.streams.color)).join('\n')}\n`);
  return EXIT.done;
}
