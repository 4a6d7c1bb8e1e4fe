// A host group over a folder that all processes see: for processes that somebody else has started.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostGroup, Ranks } from '@automodel/contracts';

const POLL_MILLISECONDS = 2;

/** Each call writes one file and reads those of all others. */
export function fileHost(folder: string, ranks: Ranks, channel = 'main'): HostGroup {
  let calls = 0;
  const exchange = async (text: string): Promise<readonly string[]> => {
    const call = calls++;
    const path = (rank: number): string => join(folder, `${channel}-${call}-${rank}`);
    writeFileSync(`${path(ranks.rank)}.part`, text);
    renameSync(`${path(ranks.rank)}.part`, path(ranks.rank));
    const texts: string[] = [];
    for (let rank = 0; rank < ranks.size; rank++) {
      while (!existsSync(path(rank))) await sleep(POLL_MILLISECONDS);
      texts.push(readFileSync(path(rank), 'utf8'));
    }
    return texts;
  };
  const channels = new Map<string, HostGroup>();
  return {
    ...ranks,
    local: ranks,
    lost: new AbortController().signal,
    exchange,
    sum: async (values) => {
      const texts = await exchange(JSON.stringify(values));
      const all = texts.map((text) => JSON.parse(text) as readonly number[]);
      return values.map((_, i) => all.reduce((total, of) => total + of[i]!, 0));
    },
    barrier: async () => void (await exchange('')),
    channel: (name) => {
      const known = channels.get(name) ?? fileHost(folder, ranks, `${channel}-${name}`);
      channels.set(name, known);
      return known;
    },
  };
}
