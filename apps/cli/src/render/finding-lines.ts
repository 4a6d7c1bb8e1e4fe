// The findings of `automodel check` for a person: for each one line that begins with its level in
// its colour, and what to do below it.
import type { Finding } from '@automodel/run';
import type { Style } from '../terminal/style.js';
import { counted, sentence } from './sentence.js';

/** Width of the longest name of a check. */
const NAMES = 11;

const levelWord = (level: Finding['level'], { dim, green, red, yellow }: Style): string =>
  ({
    ok: green('ok     '),
    note: dim('note   '),
    warning: yellow('warning'),
    error: red('error  '),
  })[level];

export function findingLines(
  { check, level, message, location, hint }: Finding,
  style: Style,
): string[] {
  const place = location === undefined || message.startsWith(location) ? '' : `${location}: `;
  return [
    `${levelWord(level, style)} ${check.padEnd(NAMES)} ${place}${message}`,
    ...(hint === undefined ? [] : [style.dim(`${' '.repeat(NAMES + 9)}${hint}`)]),
  ];
}

/** `2 errors, 1 warning`; what to do next if there is nothing to fix. */
export function verdictLine(findings: readonly Finding[], next: string): string {
  const count = (level: 'error' | 'warning'): string => {
    const number = findings.filter((finding) => finding.level === level).length;
    return number === 0 ? '' : counted(number, level);
  };
  const problems = sentence([count('error'), count('warning')]) || 'nothing to fix';
  return count('error') === '' ? `${problems}; next: ${next}` : problems;
}
