// A state of work as one line for a terminal: percentage, bar, then what there is to say, which
// falls away from its end until the line fits. Pure text; drawing is the progress line's.
import type { Style } from './style.js';

/** How far something is. */
export interface Progress {
  /** From 0 to 1; absent: there is no telling, and no bar. */
  readonly share?: number | undefined;
  /** What to say, the most important first. */
  readonly parts: readonly string[];
  /** About how long it will take: stays longer than the parts, of which the first stays longest. */
  readonly left?: string | undefined;
  /** Said only where there is room to spare. */
  readonly extras?: readonly string[] | undefined;
  /** The line of a log, where it says more; default: the same without a bar. */
  readonly plain?: string | undefined;
}

const LONGEST_BAR = 12;
/** Extras may not make the bar shorter than this. */
const COMFORTABLE_BAR = 8;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const BETWEEN = ' · ';

const percentOf = (share: number): string => `${Math.floor(100 * share)} %`;
const clamped = (share: number): number => Math.min(1, Math.max(0, share));

/** A bar of `width` cells between its ends. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(8 * width * clamped(share));
  const filled = '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
  return filled.padEnd(width);
}

/** What is said beside the bar, from everything to almost nothing. */
function* shorter({ parts, left, extras = [] }: Progress): Generator<{
  readonly said: readonly string[];
  readonly shown: readonly string[];
}> {
  const end = left === undefined ? [] : [left];
  for (let n = extras.length; n > 0; n--)
    yield { said: [...parts, ...end], shown: extras.slice(0, n) };
  for (let n = parts.length; n > 0; n--) yield { said: [...parts.slice(0, n), ...end], shown: [] };
  yield { said: parts.slice(0, 1), shown: [] };
  yield { said: [], shown: [] };
}

/** The line for a terminal of `columns`; never wider. */
export function barLine(progress: Progress, columns: number, style: Style): string {
  const share = progress.share === undefined ? undefined : clamped(progress.share);
  const percent = share === undefined ? '' : percentOf(share);
  for (const { said, shown } of shorter(progress)) {
    const text = [...said, ...shown].join(BETWEEN);
    if (share === undefined) {
      if (text === '' || text.length > columns) continue;
      return said.join(BETWEEN) + style.dim(shown.map((extra) => BETWEEN + extra).join(''));
    }
    const room = columns - percent.length - text.length - (text === '' ? 3 : 4);
    if (room < (shown.length > 0 ? COMFORTABLE_BAR : 1)) continue;
    const cells = style.cyan(bar(share, Math.min(LONGEST_BAR, room)));
    const drawn = `${style.bold(percent)} ${style.dim('▕')}${cells}${style.dim('▏')}`;
    const rest = said.join(BETWEEN) + style.dim(shown.map((extra) => BETWEEN + extra).join(''));
    return text === '' ? drawn : `${drawn} ${rest}`;
  }
  return (percent === '' ? (progress.parts[0] ?? '') : percent).slice(0, columns);
}

/** The line for a log. */
export function plainLine({ share, parts, left, extras = [], plain }: Progress): string {
  if (plain !== undefined) return plain;
  const percent = share === undefined ? [] : [percentOf(clamped(share))];
  return [...percent, ...parts, ...(left === undefined ? [] : [left]), ...extras].join(BETWEEN);
}
