// What has to be the same on all processes of a run, compared in one exchange.
import type { HostGroup } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

/** Names and values, as an error shows them. */
export type Facts = Readonly<Record<string, string>>;

/**
 * Every process calls it at the same moment, with facts that all have to share. Errors: `conflict`,
 * the same on all processes, with everything that differs, by rank.
 */
export async function compareRanks(host: HostGroup, facts: Facts): Promise<void> {
  const texts = await host.exchange(JSON.stringify(facts));
  const all = texts.map((text) => JSON.parse(text) as Facts);
  const names = [...new Set(all.flatMap((of) => Object.keys(of)))];
  const differences = names.flatMap((name) => {
    const ranksOf = new Map<string, number[]>();
    for (const [rank, { [name]: value = 'nothing' }] of all.entries())
      ranksOf.set(value, [...(ranksOf.get(value) ?? []), rank]);
    if (ranksOf.size === 1) return [];
    const values = [...ranksOf].map(([value, ranks]) => `${value} on ${ranksText(ranks)}`);
    return [`${name}: ${values.join(', ')}`];
  });
  if (differences.length === 0) return;
  throw new AutomodelError('conflict', `the processes differ: ${differences.join('; ')}`, {
    hint: 'start all of them with the same version, command and files',
  });
}

/** `rank 3`, `ranks 0 to 2 and 5`. */
export function ranksText(ranks: readonly number[]): string {
  const spans: [from: number, to: number][] = [];
  for (const rank of ranks) {
    const last = spans.at(-1);
    if (last?.[1] === rank - 1) last[1] = rank;
    else spans.push([rank, rank]);
  }
  const texts = spans.map(([from, to]) => spanText(from, to));
  const list =
    texts.length === 1 ? texts[0]! : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
  return `${ranks.length === 1 ? 'rank' : 'ranks'} ${list}`;
}

function spanText(from: number, to: number): string {
  if (from === to) return String(from);
  return to === from + 1 ? `${from} and ${to}` : `${from} to ${to}`;
}
