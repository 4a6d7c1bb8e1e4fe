// What a verification found, tensor by tensor, as data.

/**
 * `not-compared`: computed, but without a tolerance at this precision. `cannot-check`: this project
 * does not compute it.
 */
export type CheckStatus = 'agrees' | 'differs' | 'not-compared' | 'cannot-check';

/** The comparison of one tensor of the reference. */
export interface TensorCheck {
  readonly name: string;
  readonly status: CheckStatus;
  /** Largest error in the unit of the tolerance; absent where nothing was compared. */
  readonly error?: number | undefined;
  readonly tolerance?: number | undefined;
  /** Flat index of the largest error. */
  readonly worst?: number | undefined;
  readonly note?: string | undefined;
}

/** `cannot-check`: nothing differs, but something could not be compared. */
export type Verdict = 'agrees' | 'differs' | 'cannot-check';

/** The result of a verification. */
export interface VerificationReport {
  readonly folder: string;
  readonly reference: string;
  readonly precision: string;
  readonly verdict: Verdict;
  readonly checks: readonly TensorCheck[];
}

export function verdictOf(checks: readonly TensorCheck[]): Verdict {
  if (checks.some((c) => c.status === 'differs')) return 'differs';
  if (checks.some((c) => c.status === 'cannot-check') || !checks.some((c) => c.status === 'agrees'))
    return 'cannot-check';
  return 'agrees';
}

/** Largest absolute difference over the elements that count. NaN counts as infinite. */
export function largestError(
  own: ArrayLike<number>,
  reference: ArrayLike<number>,
  counts: (index: number) => boolean = () => true,
): { readonly error: number; readonly worst: number } {
  let [error, worst] = [0, -1];
  for (let i = 0; i < reference.length; i++) {
    if (!counts(i)) continue;
    const difference = Math.abs(own[i]! - reference[i]!);
    const finite = Number.isNaN(difference) ? Infinity : difference;
    if (finite > error || worst === -1) [error, worst] = [finite, i];
  }
  return { error, worst };
}

export const largest = (values: ArrayLike<number>): number => {
  let result = 0;
  for (let i = 0; i < values.length; i++) result = Math.max(result, Math.abs(values[i]!));
  return result;
};
