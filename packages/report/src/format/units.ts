// Numbers for people: losses, rates, bytes, durations. The report, the live page and the terminal
// write durations by the same function, so that they agree.

const scaled = (value: number, base: number, units: readonly string[]): string => {
  const power = Math.min(
    units.length - 1,
    Math.max(0, Math.floor(Math.log(Math.abs(value) || 1) / Math.log(base))),
  );
  const rest = value / base ** power;
  const digits = power === 0 || Math.abs(rest) >= 100 ? 0 : 1;
  return `${rest.toFixed(digits)} ${units[power] ?? ''}`.trimEnd();
};

/** 1536 -> `1.5 KiB`. */
export const bytesText = (bytes: number): string =>
  scaled(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);

/** 12345 -> `12.3 k`. */
export const countText = (count: number): string => scaled(count, 1000, ['', 'k', 'M', 'B', 'T']);

/** Four significant digits; small numbers as `4.00e-5`, large ones as `12860`. */
export function numberText(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(2);
  return Math.abs(value) < 1e4 ? value.toPrecision(4) : value.toFixed(0);
}

export const percentText = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Shorter durations are written in milliseconds: tenths of a second would not tell them apart. */
const SHORT_SECONDS = 0.1;

/** Seconds as `12 ms`, `1.2 s`, `3 min 05 s` or `2 h 07 min`; not a finite number: `?`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds > 0 && seconds < SHORT_SECONDS) return milliseconds(1000 * seconds);
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0
    ? `${hours} h ${twoDigits(minutes)} min`
    : `${minutes} min ${twoDigits(whole % 60)} s`;
}

const milliseconds = (count: number): string => `${count.toFixed(count < 9.95 ? 1 : 0)} ms`;
const twoDigits = (count: number): string => String(count).padStart(2, '0');
