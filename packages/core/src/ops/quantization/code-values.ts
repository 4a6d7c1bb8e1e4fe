// The numbers that 4-bit and 8-bit codes stand for, bit for bit those of bitsandbytes: NF4
// (Dettmers et al. 2023, QLoRA, appendix E) and the signed dynamic map (Dettmers 2016,
// arXiv:1511.04561) that holds the absolute maxima of blocks. Both ascend, so the nearest code is
// found between midpoints.

/** NF4: the value of each 4-bit code. */
export const NF4_VALUES: readonly number[] = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
  -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
  0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
  0.7229568362236023, 1,
].map(Math.fround);

/**
 * The signed dynamic map: the value of each 8-bit code. Seven decades hold 1, 2, 4, ... 64 values
 * of each sign: the means of neighbours among evenly spaced numbers from 0.1 to 1, computed in f32
 * as `torch.linspace` does.
 */
export const DYNAMIC_MAP: readonly number[] = dynamicMap();

function dynamicMap(): readonly number[] {
  const positive: number[] = [];
  for (let decade = 0; decade < 7; decade++) {
    const count = 2 ** decade;
    const step = Math.fround(Math.fround(1 - Math.fround(0.1)) / count);
    const boundary = (k: number): number =>
      Math.fround(
        k < Math.floor((count + 1) / 2) ? Math.fround(0.1) + step * k : 1 - step * (count - k),
      );
    for (let k = 0; k < count; k++)
      positive.push(
        Math.fround(
          Math.fround(10 ** (decade - 6)) *
            Math.fround(Math.fround(boundary(k) + boundary(k + 1)) / 2),
        ),
      );
  }
  return [...positive.toReversed().map((value) => -value), 0, ...positive, 1];
}

/**
 * The code whose value is nearest to `x`; the lower one of two that are equally near. NaN gives the
 * first.
 */
export function nearestCode(values: readonly number[], x: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x > Math.fround((values[middle]! + values[middle + 1]!) / 2)) low = middle + 1;
    else high = middle;
  }
  return low;
}
