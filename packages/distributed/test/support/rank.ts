// A process of a run: joins as its environment says, says so, and does what it is told, one word a
// message. Its supervisor, or a test, talks to it by stdin and stdout.
import { createInterface } from 'node:readline';
import { AutomodelError } from '@automodel/core';
import { isLostRank, joinRanks, supervisorOf, type JoinedGroup } from '../../src/index.js';

const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
const supervisor = supervisorOf(process.env, process);
const { TEST_FOLDER: folder, TEST_MINUTES: minutes = '1', TEST_ACTS: acts } = process.env;

/** As long as a plan takes, without a moment for the event loop. */
function block(milliseconds: number): void {
  const end = Date.now() + milliseconds;
  while (Date.now() < end);
}

async function act(host: JoinedGroup, word: string): Promise<unknown> {
  if (word === 'exchange') return host.exchange(`text of ${host.rank}`);
  if (word === 'block') return block(5000);
  if (word === 'fail') throw new AutomodelError('io', 'the disk is full');
  if (word === 'leave') return host[Symbol.asyncDispose]();
  if (word === 'crash') return process.exit(5);
  return new Promise(() => setInterval(() => undefined, 1000)); // goes on until it is stopped
}

/** The exit code. */
async function run(host: JoinedGroup, words: AsyncIterable<string>): Promise<number> {
  try {
    for await (const word of words) {
      const lost = new Promise<never>((_, reject) => {
        if (host.lost.aborted) reject(host.lost.reason as Error);
        host.lost.addEventListener('abort', () => reject(host.lost.reason as Error));
      });
      const stopped = new Promise<'stopped'>((resolve) =>
        supervisor?.onSignal((signal, isLast) => {
          if (isLast) process.kill(process.pid, 'SIGKILL');
          say({ stop: signal });
          resolve('stopped');
        }),
      );
      const done = await Promise.race([act(host, word), lost, stopped]);
      say({ [word]: done ?? true });
    }
    await host[Symbol.asyncDispose]();
    return 0;
  } catch (error) {
    const { message } = error as Error;
    say({ error: message, isConsequence: isLostRank(error) });
    await host.fail(error);
    const isConsequence = isLostRank(error);
    await supervisor?.failed({ text: `error: ${message}`, code: 2, isConsequence });
    return 2;
  }
}

if (supervisor !== undefined)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => undefined);
const host = await joinRanks({
  environment: process.env,
  supervisor,
  folder,
  timeoutMinutes: Number(minutes),
  killAfterSeconds: 1.5,
});
say({ joined: host?.rank, pid: process.pid });
if (host !== undefined) {
  const given = acts?.split(';')[host.rank]?.split(',');
  const lines = createInterface({ input: process.stdin });
  const code = await run(host, given === undefined ? lines : wordsOf(given));
  if (code === 0) await supervisor?.ended(0);
  process.exit(code);
}

async function* wordsOf(words: readonly string[]): AsyncGenerator<string> {
  for (const word of words) yield await Promise.resolve(word);
}
