// Central differences in f64 of a scalar function of host tensors: what gradient rules are compared
// with.
import type { HostTensor } from '@automodel/core';

const STEP = 1e-5;

/**
 * df / dx for the chosen elements of x, by (f(x + h) - f(x - h)) / 2h. `evaluate` is called with x
 * changed in one element.
 */
export function centralDifferences(
  x: HostTensor,
  elements: readonly number[],
  evaluate: (x: HostTensor) => number,
): number[] {
  return elements.map((element) => {
    const at = (step: number): number => {
      const data = (x.data as Float64Array).slice();
      data[element]! += step;
      return evaluate({ ...x, data });
    };
    return (at(STEP) - at(-STEP)) / (2 * STEP);
  });
}
