// Which error leads to which exit code, and how an error is shown: one line for a person, an object
// for a program.
import { visibleText } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { errorToJson, type ErrorJson } from '@automodel/run';
import { EXIT } from './exit-code.js';

/** Failures of the system, which the user can fix. */
const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files (ulimit -n)',
  ENFILE: 'too many open files on this machine',
  ENOMEM: 'not enough memory',
};

/** The error as one that the user can fix, where the system caused it. */
function asUsersError(error: unknown): unknown {
  if (error instanceof AutomodelError || !(error instanceof Error)) return error;
  if (error.name === 'ExitPromptError')
    return new AutomodelError('aborted', 'stopped', { cause: error }); // Ctrl-C at a question
  if (error instanceof RangeError && /allocation failed/i.test(error.message))
    return new AutomodelError('out-of-memory', error.message, { cause: error });
  const { code = '', path } = error as NodeJS.ErrnoException;
  const meaning = SYSTEM[code];
  return meaning === undefined
    ? error
    : new AutomodelError('io', meaning, { location: path, cause: error });
}

/** 2 for what a user can fix, 3 for what only we can. */
export function exitCodeOf(given: unknown): number {
  const error = asUsersError(given);
  if (!(error instanceof AutomodelError)) return EXIT.bug;
  if (error.code === 'aborted') return EXIT.interrupted;
  return error.code === 'internal' || error.code === 'bad-plan' ? EXIT.bug : EXIT.usersMistake;
}

/** What `--json` prints for an error, under the key `error`. */
export const errorObject = (error: unknown): ErrorJson => errorToJson(asUsersError(error));

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** One line for a person; with `debug` the stack and its causes too. */
export function describeError(given: unknown, debug: boolean): string {
  const error = asUsersError(given);
  const hint =
    error instanceof AutomodelError && error.hint !== undefined ? ` (${error.hint})` : '';
  const isBug = exitCodeOf(error) === EXIT.bug;
  const line = oneLine(`${isBug ? 'internal error' : 'error'}: ${messageOf(error)}${hint}`);
  if (!debug)
    return isBug
      ? `${line}. This is a bug in automodel: please report it with what --debug shows.`
      : line;
  return [line, ...stacks(error)].join('\n');
}

/** Messages may quote files and templates, line ends and all. */
const oneLine = (text: string): string =>
  visibleText(text.replace(/[\n\r\t]/g, (character) => JSON.stringify(character).slice(1, -1)));

/** The stack of an error and of what caused it. */
function stacks(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const cause = error.cause === undefined ? [] : causeLines(error.cause);
  return [error.stack ?? '', ...cause.map((text, i) => (i === 0 ? `caused by: ${text}` : text))];
}

const causeLines = (cause: unknown): string[] =>
  cause instanceof Error ? stacks(cause) : [JSON.stringify(cause)];
