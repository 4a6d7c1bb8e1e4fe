// The findings of `automodel check` for a person: one line each, what is wrong first in its colour,
// what to do below it.
import type { Finding } from '@automodel/run';
import type { Style } from '../terminal/style.js';

const WORDS = { ok: 'ok     ', note: 'note   ', warning: 'warning', error: 'error  ' } as const;

export function findingLines(
  { check, level, message, location, hint }: Finding,
  style: Style,
): string[] {
  const word =
    level === 'error'
      ? style.red(WORDS.error)
      : level === 'warning'
        ? style.yellow(WORDS.warning)
        : level === 'ok'
          ? style.green(WORDS.ok)
          : style.dim(WORDS.note);
  const place = location === undefined || message.startsWith(location) ? '' : `${location}: `;
  return [
    `${word} ${check.padEnd(9)} ${place}${message}`,
    ...(hint === undefined ? [] : [style.dim(`${' '.repeat(18)}${hint}`)]),
  ];
}

/** `2 errors, 1 warning`; what to do next where there is nothing to mend. */
export function verdictLine(findings: readonly Finding[], next: string): string {
  const count = (level: Finding['level'], word: string): string[] => {
    const number = findings.filter((finding) => finding.level === level).length;
    return number === 0 ? [] : [`${number} ${word}${number === 1 ? '' : 's'}`];
  };
  const problems = [...count('error', 'error'), ...count('warning', 'warning')];
  const failed = findings.some(({ level }) => level === 'error');
  return `${problems.length === 0 ? 'nothing to mend' : problems.join(', ')}${failed ? '' : `; next: ${next}`}`;
}
