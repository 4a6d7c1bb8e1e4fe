// A host group over the messages between a test and the processes that it starts: the test gathers
// the texts of all of them and sends them to each.
import process from 'node:process';
import type { HostGroup, Ranks } from '@automodel/contracts';

interface Call {
  readonly channel: string;
  readonly number: number;
}
/** What a process says to the test. */
export type Said =
  | (Call & { readonly type: 'exchange'; readonly rank: number; readonly text: string })
  | { readonly type: 'result'; readonly value: unknown };
/** What the test says to a process. */
export type Told =
  | (Call & { readonly type: 'texts'; readonly texts: readonly string[] })
  | { readonly type: 'lost'; readonly why: string };

export const say = (said: Said): void => void process.send?.(said);

/** The group of this process. `onTold`: hears everything else that the test says. */
export function messageHost(ranks: Ranks): HostGroup {
  const lost = new AbortController();
  const waiting = new Map<string, (texts: readonly string[]) => void>();
  process.on('message', (told: Told) => {
    if (told.type === 'lost') return lost.abort(new Error(told.why));
    const key = `${told.channel} ${told.number}`;
    waiting.get(key)?.(told.texts);
    waiting.delete(key);
  });
  const channel = (name: string): HostGroup => {
    let calls = 0;
    const exchange = (text: string): Promise<readonly string[]> =>
      new Promise((resolve, reject) => {
        const refuse = (): void => reject(lost.signal.reason as Error);
        if (lost.signal.aborted) return refuse();
        lost.signal.addEventListener('abort', refuse, { once: true });
        const number = calls++;
        waiting.set(`${name} ${number}`, resolve);
        say({ type: 'exchange', channel: name, number, rank: ranks.rank, text });
      });
    return {
      ...ranks,
      local: ranks,
      lost: lost.signal,
      exchange,
      sum: async (values) => {
        const all = (await exchange(JSON.stringify(values))).map(
          (text) => JSON.parse(text) as readonly number[],
        );
        return values.map((_, i) => all.reduce((total, of) => total + (of[i] ?? 0), 0));
      },
      barrier: async () => void (await exchange('')),
      channel: (inner) => channel(`${name}/${inner}`),
    };
  };
  return channel('');
}
