// The questions of `init`, for a person at a terminal; each is left out where an option has
// answered it.
import { visibleText } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { METHODS, type ColumnPair, type Method } from '@automodel/run';
import type { CliContext } from '../cli-context.js';
import { processInput } from '../terminal/line-input.js';

export interface InitAnswers {
  readonly model?: string;
  readonly data?: string;
  readonly columns?: ColumnPair;
  readonly method?: Method;
  readonly epochs?: number;
  readonly output?: string;
}

const canAsk = (context: CliContext): boolean =>
  (context.input ?? processInput()).isTerminal && context.streams.err.isTerminal;

const onErr = { output: process.stderr };

/** Model and data. Errors: `bad-argument` naming the options where nobody can be asked. */
export async function askWhat(
  context: CliContext,
  given: InitAnswers,
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
  const model =
    given.model ??
    (await input({ message: 'Model to start from (folder or hub id)', required: true }, onErr));
  const data =
    given.data ??
    (await input(
      { message: 'Examples to learn from (file, folder or hub id)', required: true },
      onErr,
    ));
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
): Promise<ColumnPair> {
  if (!canAsk(context) || columns.length < 2) throw refusal;
  const { select } = await import('@inquirer/prompts');
  const choices = columns.map((value) => ({ value, name: visibleText(value) }));
  const prompt = await select({ message: 'Column of the question', choices }, onErr);
  return {
    prompt,
    completion: await select(
      {
        message: 'Column of the answer, which is learned',
        choices: choices.filter(({ value }) => value !== prompt),
      },
      onErr,
    ),
  };
}

/**
 * How to train; `recommended` is what fits this machine, and the answer where nobody can be asked.
 */
export async function askHow(
  context: CliContext,
  given: InitAnswers,
  recommended: Method,
): Promise<Required<Pick<InitAnswers, 'method' | 'epochs' | 'output'>>> {
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
  const method =
    given.method ??
    (await select({ message: 'What to train', choices, default: recommended }, onErr));
  const epochs =
    given.epochs ??
    (await number({ message: 'Passes over the data', default: 3, min: 1, required: true }, onErr));
  const output =
    given.output ??
    (await input({ message: 'Folder for the result', default: 'out', required: true }, onErr));
  return { method, epochs, output };
}
