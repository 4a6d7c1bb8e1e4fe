// The questions of `init`, for a person at a terminal; each is left out where an option has
// answered it. An answer that cannot be used is asked again with the reason, and one that can is
// kept until the recipe is written.
import { visibleText } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { METHODS, type ColumnPair, type Method } from '@automodel/run';
import type { CliContext } from '../cli-context.js';
import { processInput } from '../terminal/line-input.js';
import { checkData, checkModel, checkOutput } from './check-answers.js';
import type { Answers, KeptAnswers } from './kept-answers.js';

/** Whether there is a person to ask. */
export const canAsk = (context: CliContext): boolean =>
  (context.input ?? processInput()).isTerminal &&
  context.streams.err.isTerminal &&
  context.environment['TERM'] !== 'dumb'; // questions are drawn again

const onErr = { output: process.stderr };

/** Model and data. Errors: `bad-argument` naming the options where nobody can be asked. */
export async function askWhat(
  context: CliContext,
  given: Answers,
  kept: KeptAnswers,
): Promise<{ readonly model: string; readonly data: string }> {
  const missing = (['model', 'data'] as const).filter((name) => given[name] === undefined);
  if (missing.length > 0 && !canAsk(context)) {
    throw new AutomodelError(
      'bad-argument',
      `${missing.map((name) => `--${name}`).join(' and ')} must be given: there is no terminal ` +
        'to ask on',
      {
        hint:
          'automodel init --model DIR --data FILE [--output DIR] [--method full|lora|qlora] ' +
          '[--epochs N]',
      },
    );
  }
  const { input } = await import('@inquirer/prompts');
  const { workingDirectory } = context;
  const ask = (
    message: string,
    before: string | undefined,
    check: typeof checkModel,
  ): Promise<string> =>
    input(
      {
        message,
        required: true,
        ...(before === undefined ? {} : { default: before }),
        validate: (answer) => check(answer, workingDirectory),
      },
      onErr,
    );
  const model =
    given.model ??
    (await ask('Model to start from (folder or hub id)', kept.answers.model, checkModel));
  await kept.keep({ model });
  const data =
    given.data ??
    (await ask('Examples to learn from (file, folder or hub id)', kept.answers.data, checkData));
  await kept.keep({ data });
  return { model, data };
}

/**
 * Which columns hold question and answer. Errors: `refusal`, what is wrong with the first row,
 * where nobody can be asked.
 */
export async function askColumns(
  context: CliContext,
  columns: readonly string[],
  refusal: unknown,
  kept: KeptAnswers,
): Promise<ColumnPair> {
  if (!canAsk(context) || columns.length < 2) throw refusal;
  const { select } = await import('@inquirer/prompts');
  const before = kept.answers.columns;
  const ask = (message: string, names: readonly string[], preset?: string): Promise<string> =>
    select(
      {
        message,
        choices: names.map((value) => ({ value, name: visibleText(value) })),
        default: preset,
      },
      onErr,
    );
  const prompt = await ask('Column of the question', columns, before?.prompt);
  const others = columns.filter((name) => name !== prompt);
  const completion = await ask(
    'Column of the answer, which is learned',
    others,
    before?.completion,
  );
  await kept.keep({ columns: { prompt, completion } });
  return { prompt, completion };
}

/**
 * How to train; `recommended` is what fits this machine, and the answer where nobody can be asked.
 */
export async function askHow(
  context: CliContext,
  given: Answers,
  recommended: Method,
  kept: KeptAnswers,
): Promise<Required<Pick<Answers, 'method' | 'epochs' | 'output'>>> {
  if (!canAsk(context))
    return {
      method: given.method ?? recommended,
      epochs: given.epochs ?? 3,
      output: given.output ?? 'out',
    };
  const { input, number, select } = await import('@inquirer/prompts');
  const choices = (Object.keys(METHODS) as Method[]).map((value) => ({
    value,
    name: `${METHODS[value]}${value === recommended ? ' (fits this machine)' : ''}`,
  }));
  const before = kept.answers;
  const method =
    given.method ??
    (await select(
      { message: 'What to train', choices, default: before.method ?? recommended },
      onErr,
    ));
  await kept.keep({ method });
  const epochs =
    given.epochs ??
    (await number(
      { message: 'Passes over the data', default: before.epochs ?? 3, min: 1, required: true },
      onErr,
    ));
  await kept.keep({ epochs });
  const output =
    given.output ??
    (await input(
      {
        message: 'Folder for the result',
        default: before.output ?? 'out',
        required: true,
        validate: (answer) => checkOutput(answer, context.workingDirectory),
      },
      onErr,
    ));
  await kept.keep({ output });
  return { method, epochs, output };
}
