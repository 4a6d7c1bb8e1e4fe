// A supervisor starts real processes, shows one error, passes signals on, and leaves nobody behind,
// not even when it is killed itself.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { join } from 'node:path';
import { buildScripts, isGone, killAll, TestProcess } from '../support/test-process.js';

let scripts: string;
beforeAll(async () => void (scripts = await buildScripts()));
afterAll(killAll);

/** `acts`: what each rank does, in words with commas, ranks apart by semicolons. */
function supervise(count: number, acts: string, minutes = 1): TestProcess {
  return new TestProcess(join(scripts, 'supervise.js'), [String(count)], {
    TEST_ACTS: acts,
    TEST_MINUTES: String(minutes),
  });
}

/** What the supervisor itself has shown. */
const errorsOf = ({ lines }: TestProcess): readonly string[] =>
  lines
    .filter((line) => line.startsWith('{"error":"error: '))
    .map((line) => (JSON.parse(line) as { error: string }).error);

/** The process ids of its ranks, when all have joined. */
async function pidsOf(supervisor: TestProcess, count: number): Promise<readonly number[]> {
  const lines = await Promise.all(
    Array.from({ length: count }, (_, rank) =>
      supervisor.line((line) => line.includes(`"joined":${rank},`)),
    ),
  );
  return lines.map((line) => Number(/"pid":(\d+)/.exec(line)![1]));
}

test.concurrent(
  'ranks that end in order end without a word; lines of others have their names',
  async () => {
    const supervisor = supervise(2, 'exchange;exchange');
    expect(await supervisor.said('end')).toBe(0);
    expect(supervisor.lines).toContain('{"exchange":["text of 0","text of 1"]}');
    expect(supervisor.lines).toContain('[rank 1] {"exchange":["text of 0","text of 1"]}');
  },
);

test.concurrent('an error is shown once, as that of the rank where it happened', async () => {
  const supervisor = supervise(3, 'wait;fail;wait');
  expect(await supervisor.said('end')).toBe(2);
  expect(errorsOf(supervisor)).toEqual(['error: rank 1: the disk is full']);
});

test.concurrent('a rank that is killed is named, with the signal', async () => {
  const supervisor = supervise(2, 'wait;wait');
  const [, second] = await pidsOf(supervisor, 2);
  process.kill(second!, 'SIGKILL');
  expect(await supervisor.said('end')).toBe(137);
  const error = `error: rank 1 (process ${second}) was ended by SIGKILL`;
  expect(errorsOf(supervisor)).toEqual([error]);
});

test('a stopped rank is named and ended', async () => {
  const supervisor = supervise(2, 'wait;wait', 0.05);
  const [, second] = await pidsOf(supervisor, 2);
  process.kill(second!, 'SIGSTOP');
  const line = await supervisor.line((text) => text.includes('error: rank 1 ('));
  expect(line).toMatch(/rank 1 \(.+\) does not answer"/);
  expect(await supervisor.said('end')).toBe(2);
  await isGone(second!);
});

test.concurrent('the first Ctrl-C is a wish to stop, the second one ends all', async () => {
  const once = supervise(2, 'wait;wait');
  await pidsOf(once, 2);
  once.kill('SIGINT');
  expect(await once.said('end')).toBe(0);
  expect(once.lines).toContain('[rank 1] {"stop":"SIGINT"}');

  const twice = supervise(2, 'wait,block;wait,block');
  const pids = await pidsOf(twice, 2);
  twice.kill('SIGINT');
  await twice.line((line) => line === '[rank 1] {"stop":"SIGINT"}');
  twice.kill('SIGINT');
  expect(await twice.said('end')).toBe(137);
  expect(errorsOf(twice)).toEqual([]);
  for (const pid of pids) await isGone(pid);
});

test.concurrent(
  'a supervisor that is killed takes all ranks with it, busy and stopped ones too',
  async () => {
    const supervisor = supervise(3, 'wait;block;wait');
    const pids = await pidsOf(supervisor, 3);
    process.kill(pids[2]!, 'SIGSTOP');
    supervisor.kill('SIGKILL');
    for (const pid of pids) await isGone(pid);
  },
);
