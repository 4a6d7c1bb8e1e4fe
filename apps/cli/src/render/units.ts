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

/** Seconds that are an estimate: `12 ms`, `0.4 s`, `40 s`, `3 min`, `2 h 10 min`. */
export function formatAbout(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 0.05) return `${Math.max(1, Math.round(1000 * seconds))} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const tens = 10 * Math.round(seconds / 600);
  const [hours, rest] = [Math.floor(tens / 60), tens % 60];
  return rest === 0 || hours >= 10 ? `${Math.round(tens / 60)} h` : `${hours} h ${rest} min`;
}
