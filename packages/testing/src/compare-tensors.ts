// Comparison of host tensors: types must agree, integers and bool exactly, floats relative to the
// largest expected entry.
import { formatShape, isFloat, sameShape, type HostTensor } from '@automodel/core';

/**
 * What differs, in one line; undefined when the tensors agree. NaN agrees with NaN and infinities
 * must be equal.
 */
export function compareTensors(
  actual: HostTensor,
  expected: HostTensor,
  tolerance: number,
): string | undefined {
  if (actual.dtype !== expected.dtype || !sameShape(actual.shape, expected.shape))
    return (
      `${actual.dtype}${formatShape(actual.shape)} where ` +
      `${expected.dtype}${formatShape(expected.shape)} is expected`
    );
  const limit = isFloat(expected.dtype) ? tolerance * largestOf(expected) : 0;
  let worst = { at: -1, difference: limit };
  for (let i = 0; i < expected.data.length; i++) {
    const [a, e] = [actual.data[i]!, expected.data[i]!];
    if (Object.is(a, e) || a === e) continue;
    const difference = Math.abs(Number(a) - Number(e));
    if (!(difference <= worst.difference)) worst = { at: i, difference };
    if (Number.isNaN(difference) || difference === Infinity) break;
  }
  if (worst.at === -1) return undefined;
  return (
    `element ${worst.at} of ${formatShape(expected.shape)} is ${actual.data[worst.at]!}, ` +
    `expected ${expected.data[worst.at]!} (off by ${worst.difference.toExponential(1)}, ` +
    `allowed ${limit.toExponential(1)})`
  );
}

/** The largest finite magnitude, at least 1e-30. */
function largestOf(tensor: HostTensor): number {
  let largest = 1e-30;
  for (const value of tensor.data)
    if (Number.isFinite(Number(value))) largest = Math.max(largest, Math.abs(Number(value)));
  return largest;
}
