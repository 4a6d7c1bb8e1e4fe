// Exit codes of the command line, and which error leads to which.
import { AutomodelError } from '@automodel/core';

export const EXIT = { done: 0, failedCheck: 1, usersMistake: 2, bug: 3, interrupted: 130, terminated: 143 } as const;

/** 2 for what a user can mend, 3 for what only we can. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof AutomodelError)) return EXIT.bug;
  if (error.code === 'aborted') return EXIT.interrupted;
  return error.code === 'internal' || error.code === 'bad-plan' ? EXIT.bug : EXIT.usersMistake;
}

/** One line for a person; with `debug` the stack and its causes too. */
export function describeError(error: unknown, debug: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof AutomodelError && error.hint !== undefined ? ` (${error.hint})` : '';
  const prefix = error instanceof AutomodelError ? 'error' : 'internal error, please report it';
  if (!debug) return `${prefix}: ${message}${hint}`;
  const cause = error instanceof Error && error.cause !== undefined ? `\ncaused by: ${error.cause instanceof Error ? error.cause.stack ?? '' : JSON.stringify(error.cause)}` : '';
  return `${prefix}: ${message}${hint}\n${error instanceof Error ? error.stack ?? '' : ''}${cause}`;
}
