// What a check found, in one line, for people and for programs.
import { AutomodelError } from '@automodel/core';

/**
 * `error`: the run would fail, or train something other than intended. `warning`: it would run, but
 * look at this first.
 */
export type FindingLevel = 'ok' | 'note' | 'warning' | 'error';

/** One finding of a check. */
export interface Finding {
  /** The check it came from, such as `model`, `labels`, `memory`. */
  readonly check: string;
  readonly level: FindingLevel;
  readonly message: string;
  readonly location?: string | undefined;
  readonly hint?: string | undefined;
  /** The error that a run would have ended with. */
  readonly error?: AutomodelError | undefined;
}

export const ok = (check: string, message: string): Finding => ({ check, level: 'ok', message });
export const note = (check: string, message: string): Finding => ({
  check,
  level: 'note',
  message,
});
export const warning = (
  check: string,
  message: string,
  hint?: string,
  location?: string,
): Finding => ({ check, level: 'warning', message, hint, location });
export const failure = (
  check: string,
  message: string,
  hint?: string,
  location?: string,
): Finding => ({ check, level: 'error', message, hint, location });

/** The finding for an error that the user can fix; anything else is thrown again. */
export function findingOf(check: string, error: unknown): Finding {
  if (!(error instanceof AutomodelError) || error.code === 'internal' || error.code === 'aborted')
    throw error;
  return { check, level: 'error', message: error.message, hint: error.hint, error };
}
