// Real processes lose each other: killed, stopped, failed. Everybody else learns it and ends; one
// that only computes is left alone.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { join } from 'node:path';
import { buildScripts, freePort, killAll, TestProcess } from '../support/test-process.js';

let scripts: string;
beforeAll(async () => void (scripts = await buildScripts()));
afterAll(killAll);

/** Processes that have met; `minutes`: their time-out. */
async function ranks(size: number, minutes = 1): Promise<readonly TestProcess[]> {
  const port = String(await freePort());
  const all = Array.from(
    { length: size },
    (_, rank) =>
      new TestProcess(join(scripts, 'rank.js'), [], {
        ...{ RANK: String(rank), WORLD_SIZE: String(size), TEST_MINUTES: String(minutes) },
        ...{ MASTER_ADDR: '127.0.0.1', MASTER_PORT: port },
      }),
  );
  await Promise.all(all.map((rank) => rank.said('joined')));
  return all;
}

test('one that is killed is named by all others, which end; so is the first', async () => {
  const three = await ranks(3);
  for (const rank of three.slice(0, 2)) rank.tell('exchange');
  three[2]!.kill('SIGKILL');
  const message = expect.stringMatching(/^rank 2 \(.+, process \d+\) ended$/) as string;
  expect(await three[0]!.said('error')).toEqual(message);
  expect(await three[1]!.said('error')).toEqual(message);
  expect(await three[1]!.ended).toEqual({ code: 2, signal: null });

  const two = await ranks(2);
  two[1]!.tell('wait');
  two[0]!.kill('SIGKILL');
  expect(await two[1]!.said('error')).toMatch(/^rank 0 \(.+, process \d+\) ended$/);
  expect(await two[1]!.ended).toEqual({ code: 2, signal: null });
});

test('one that is stopped is named, one whose main thread is busy is not', async () => {
  const three = await ranks(3, 0.05);
  three[0]!.tell('exchange');
  three[1]!.tell('exchange');
  three[2]!.tell('block'); // for longer than the time-out
  three[2]!.tell('exchange');
  for (const rank of three)
    expect(await rank.said('exchange')).toEqual(['text of 0', 'text of 1', 'text of 2']);
  for (const rank of three.slice(0, 2)) rank.tell('wait');
  three[2]!.kill('SIGSTOP');
  for (const rank of three.slice(0, 2))
    expect(await rank.said('error')).toMatch(/^rank 2 \(.+, process \d+\) does not answer$/);
  three[2]!.kill('SIGKILL');
});

test('an error is told to all, an end in order is none, and a busy process is killed', async () => {
  const three = await ranks(3);
  three[0]!.tell('wait');
  three[1]!.tell('block');
  three[2]!.tell('fail');
  expect(await three[0]!.said('error')).toMatch(/^rank 2 \(.+\): the disk is full$/);
  expect(await three[1]!.ended).toEqual({ code: null, signal: 'SIGKILL' });

  const two = await ranks(2);
  for (const rank of two) rank.tell('exchange');
  for (const rank of two) rank.tell('leave');
  for (const rank of two) expect(await rank.said('leave')).toBe(true);
  for (const rank of two) expect(rank.lines.join()).not.toContain('error');
  for (const rank of two) rank.kill('SIGKILL');
});
