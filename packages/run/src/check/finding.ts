// What a check found, for a person and for a program: one line each.
import { AutomodelError } from '@automodel/core';

/**
 * `error`: the run would fail, or train something else than was meant. `warning`: it runs, and
 * somebody should look first.
 */
export type FindingLevel = 'ok' | 'note' | 'warning' | 'error';

export interface Finding {
  /** The check it came from, such as `model`, `labels`, `memory`. */
  readonly check: string;
  readonly level: FindingLevel;
  readonly message: string;
  readonly location?: string | undefined;
  readonly hint?: string | undefined;
  /** What a run would have ended with. */
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

/** The finding that stands for an error of the user's; anything else is thrown on. */
export function findingOf(check: string, error: unknown): Finding {
  if (!(error instanceof AutomodelError) || error.code === 'internal' || error.code === 'aborted')
    throw error;
  return { check, level: 'error', message: error.message, hint: error.hint, error };
}
