// The smoothing of curves: an exponential moving average whose start is corrected, as in
// TensorBoard, so that the first values do not pull the curve towards zero.

/**
 * The smoothed values; gaps stay gaps. `weight` is that of what came before, from 0 (nothing is
 * changed) to below 1.
 */
export function smoothed(
  values: readonly (number | null)[],
  weight: number,
): readonly (number | null)[] {
  let [sum, weights] = [0, 0];
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    weights = weight * weights + (1 - weight);
    return sum / weights;
  });
}
