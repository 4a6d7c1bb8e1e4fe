// Starts the processes of a test and lets them exchange texts; collects what each of them says.
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Said, Told } from './message-host.js';

const PROGRAM = join(import.meta.dirname, 'rank-process.ts');

/** What each rank said of each of `tasks`, words with spaces between; a killed one says less. */
export async function startRanks(
  tasks: string,
  { copies = 1, shards = 1 }: { readonly copies?: number; readonly shards?: number },
): Promise<readonly (readonly unknown[])[]> {
  const size = copies * shards;
  const gathered = new Map<string, string[]>();
  const ranks = Array.from({ length: size }, (_, rank) =>
    fork(PROGRAM, [tasks, String(rank), String(copies), String(shards)], {
      execArgv: ['--import', 'tsx', '--conditions=@automodel/source'],
      serialization: 'advanced',
    }),
  );
  const tell = (told: Told): void => {
    for (const rank of ranks) if (rank.connected) rank.send(told);
  };
  return Promise.all(
    ranks.map((child, rank) => {
      const values: unknown[] = [];
      child.on('message', (said: Said) => {
        if (said.type === 'result') return values.push(said.value);
        const { channel, number, text } = said;
        const key = `${channel} ${number}`;
        const texts = gathered.get(key) ?? [];
        texts[said.rank] = text;
        gathered.set(key, texts);
        const count = texts.filter((one) => one !== undefined).length;
        return count === size && tell({ type: 'texts', channel, number, texts });
      });
      return ended(child).then((signal) => {
        if (signal !== null) tell({ type: 'lost', why: `rank ${rank} ended` });
        return values;
      });
    }),
  );
}

const ended = (child: ChildProcess): Promise<NodeJS.Signals | null> =>
  new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
