// The findings of `automodel check` for a person: one line each, what is wrong first in its colour,
// what to do below it.
import type { Finding } from '@automodel/run';
import type { Style } from '../terminal/style.js';
import { counted, sentence } from './sentence.js';

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
    `${levelWord(level, style)} ${check.padEnd(9)} ${place}${message}`,
    ...(hint === undefined ? [] : [style.dim(`${' '.repeat(18)}${hint}`)]),
  ];
}

/** `2 errors, 1 warning`; what to do next where there is nothing to mend. */
export function verdictLine(findings: readonly Finding[], next: string): string {
  const count = (level: 'error' | 'warning'): string => {
    const number = findings.filter((finding) => finding.level === level).length;
    return number === 0 ? '' : counted(number, level);
  };
  const problems = sentence([count('error'), count('warning')]) || 'nothing to mend';
  return count('error') === '' ? `${problems}; next: ${next}` : problems;
}
