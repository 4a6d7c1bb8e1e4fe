// Numbers for people: bytes, durations, rates.

const scaled = (value: number, base: number, units: readonly string[]): string => {
  let [rest, unit] = [value, 0];
  while (Math.abs(rest) >= base && unit < units.length - 1) {
    rest /= base;
    unit += 1;
  }
  const digits = rest >= 100 || unit === 0 ? 0 : 1;
  return `${rest.toFixed(digits)} ${units[unit]!}`.trimEnd();
};

export { formatBytes, formatDuration } from '@automodel/run';

/** 2.5e9 -> `2.5 GFLOP`. */
export const formatFlops = (flops: number): string =>
  scaled(flops, 1000, ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP', 'PFLOP']);

/** 12345 -> `12.3k`. */
export const formatCount = (count: number): string =>
  scaled(count, 1000, ['', 'k', 'M', 'B', 'T']).replace(' ', '');

/** 0.123 -> `12.3 %`. */
export const formatPercent = (share: number): string => `${(100 * share).toFixed(1)} %`;
