// How far a host tensor is from an expected one: floats relative to the largest finite entry of
// what is expected, integers and bool by their plain difference.
import { formatShape, isFloat, sameShape, type HostTensor } from '@automodel/core';

/**
 * `error`: the largest one; Infinity where one is NaN or infinite and the other is not, or the
 * types differ. `worst`: where, in words; absent when all entries are equal.
 */
export interface ValueError {
  readonly error: number;
  readonly worst?: string | undefined;
}

/**
 * NaN agrees with NaN, an infinity with itself. `scale`: what floats are relative to where their
 * own entries are smaller.
 */
export function valueError(actual: HostTensor, expected: HostTensor, scale = 0): ValueError {
  if (actual.dtype !== expected.dtype || !sameShape(actual.shape, expected.shape))
    return {
      error: Infinity,
      worst:
        `is ${actual.dtype}${formatShape(actual.shape)}, expected ` +
        `${expected.dtype}${formatShape(expected.shape)}`,
    };
  const unit = isFloat(expected.dtype) ? Math.max(1e-30, scale, largestFinite(expected)) : 1;
  let [error, at] = [0, -1];
  for (let i = 0; i < expected.data.length && error < Infinity; i++) {
    const [a, e] = [actual.data[i]!, expected.data[i]!];
    if (a === e || Object.is(a, e)) continue;
    const difference = Math.abs(
      typeof a === 'bigint' && typeof e === 'bigint' ? Number(a - e) : Number(a) - Number(e),
    );
    const relative = Number.isNaN(difference) ? Infinity : difference / unit;
    if (relative > error) [error, at] = [relative, i];
  }
  return at === -1
    ? { error: 0 }
    : {
        error,
        worst:
          `element ${at} of ${formatShape(expected.shape)} is ${actual.data[at]!}, expected ` +
          `${expected.data[at]!}`,
      };
}

export function largestFinite(tensor: HostTensor): number {
  let largest = 0;
  for (const value of tensor.data)
    if (Number.isFinite(Number(value))) largest = Math.max(largest, Math.abs(Number(value)));
  return largest;
}
