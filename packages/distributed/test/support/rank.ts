// A process of a run, for tests: joins as the environment says, says so, and does what it is told on
// stdin, one word a line.
import { createInterface } from 'node:readline';
import { compareRanks, joinRanks, supervisorOf } from '../../src/index.js';

const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
const {
  TEST_FOLDER: folder,
  TEST_MINUTES: minutes = '0.2',
  TEST_FACT: fact = 'same',
} = process.env;

async function main(): Promise<void> {
  const host = await joinRanks({
    environment: process.env,
    supervisor: supervisorOf(process.env, process),
    folder,
    timeoutMinutes: Number(minutes),
    killAfterSeconds: 5,
  });
  if (host === undefined) return say({ alone: true });
  host.lost.addEventListener('abort', () => say({ lost: (host.lost.reason as Error).message }));
  say({ joined: host.rank, local: host.local, pid: process.pid });
  const acts: Readonly<Record<string, () => Promise<unknown>>> = {
    exchange: () => host.exchange(`text of ${host.rank}`),
    sum: () => host.sum([host.rank, 0.5, NaN]),
    barrier: () => host.barrier(),
    channel: () => host.channel('other').exchange(String(host.rank)),
    compare: () => compareRanks(host, { fact, version: '1' }),
    large: async () => (await host.exchange('x'.repeat(20_000_000))).map((text) => text.length),
    busy: () => {
      const until = Date.now() + 4000;
      while (Date.now() < until);
      return Promise.resolve('was busy');
    },
    fail: () => host.fail(new Error('the disk is full')),
    leave: async () => {
      await host[Symbol.asyncDispose]();
      process.exit(0);
    },
    exit: () => process.exit(5),
  };
  for await (const act of createInterface({ input: process.stdin })) {
    try {
      say({ [act]: (await acts[act]!()) ?? true });
    } catch (error) {
      say({ [act]: 'failed', error: (error as Error).message });
    }
  }
}

try {
  await main();
} catch (error) {
  say({ error: (error as Error).message });
  process.exitCode = 2;
}
