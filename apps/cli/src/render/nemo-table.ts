// The table of `automodel check --nemo`: what becomes of each recipe, and below it every key that
// changes nothing here, with the reason and how many recipes set it.
import type { NemoVerdict } from '@automodel/run';
import type { Style } from '../terminal/style.js';
import { table } from './table.js';

function withoutEffect(verdicts: readonly NemoVerdict[]): string[] {
  const counts = new Map<string, number>();
  for (const { notes } of verdicts)
    for (const { key, because } of notes)
      counts.set(`${key}\n${because}`, (counts.get(`${key}\n${because}`) ?? 0) + 1);
  return table(
    [...counts]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([text, count]) => [`  ${text.split('\n')[0]!}`, String(count), text.split('\n')[1]!]),
    new Set([1]),
  );
}

/** Lines for stdout. */
export function nemoTable(verdicts: readonly NemoVerdict[], style: Style): string[] {
  const runs = verdicts.filter(({ verdict }) => verdict === 'runs');
  const rows = verdicts.map(({ file, verdict, reason, model, keys, notes }) => [
    file,
    verdict,
    verdict === 'runs'
      ? `${model}; ${keys - notes.length} keys honoured, ${notes.length} without effect here`
      : reason!,
  ]);
  const lines = table([['recipe', 'here', 'why'], ...rows]);
  const below = runs.some(({ notes }) => notes.length > 0)
    ? [
        '',
        style.bold('keys without effect here, in how many of the recipes that run, and why'),
        ...withoutEffect(runs),
      ]
    : [];
  return [
    style.bold(lines[0]!),
    ...lines.slice(1),
    '',
    `${runs.length} of ${verdicts.length} run; the others are refused by the first feature that ` +
      'is missing',
    "whether a package provides a model's family is only known once its config.json is read: " +
      'automodel check RECIPE',
    ...below,
  ];
}
