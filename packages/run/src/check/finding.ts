// What a check found, in one line, for people and for programs.
import type { AutomodelError } from '@automodel/core';
import { errorFromData, isMistake, WrongRowsError, type WrongRowsOfKind } from '@automodel/data';

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

/**
 * The findings for an error that the user can fix, one for each wrong row that it names; anything
 * else is thrown again.
 */
export function findingsOf(check: string, error: unknown): readonly Finding[] {
  if (!isMistake(error)) throw error;
  if (!(error instanceof WrongRowsError)) return [ofError(check, error)];
  return error.kinds.flatMap((rows) => ofRows(check, rows));
}

function ofRows(check: string, { count, first }: WrongRowsOfKind): Finding[] {
  const findings = first.map((row, i) => {
    // The rows of a kind mostly have one hint, which is said once.
    const hint = row.hint === first[i - 1]?.hint ? undefined : row.hint;
    return ofError(check, errorFromData({ ...row, hint }));
  });
  const rest = count - first.length;
  if (rest === 0) return findings;
  const reason = first.length === 0 ? 'other reasons' : 'the same reason';
  const rows = rest === 1 ? '1 more row is' : `${rest} more rows are`;
  return [...findings, failure(check, `and ${rows} refused for ${reason}`)];
}

const ofError = (check: string, error: AutomodelError): Finding => ({
  check,
  level: 'error',
  message: error.message,
  hint: error.hint,
  error,
});
