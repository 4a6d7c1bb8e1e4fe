import type { TrackedOutcome, TrackedValues, Tracker } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { expect, test } from 'vitest';
import { TrackerQueue, type TrackerLimits } from '../src/observe/tracker-queue.js';

const entry = (step: number): TrackedValues => ({
  step,
  epoch: 0,
  time: new Date(0),
  values: { loss: step },
});
const FINISHED: TrackedOutcome = { status: 'finished' };

/**
 * A tracker that records its entries, and the queue to it. `log` is called before each batch is
 * recorded.
 */
function observedQueue(
  limits: TrackerLimits = {},
  log: (call: number) => Promise<void> | void = () => undefined,
) {
  const seen = {
    batches: [] as number[][],
    outcome: undefined as TrackedOutcome | undefined,
    problems: [] as string[],
    opened: 0,
  };
  const tracker: Tracker = {
    location: 'here',
    async log(entries) {
      await log(seen.batches.length);
      seen.batches.push(entries.map(({ step }) => step));
    },
    async close(outcome) {
      seen.outcome = outcome;
    },
  };
  const queue = new TrackerQueue(
    async () => tracker,
    { opened: () => (seen.opened += 1), problem: (text) => seen.problems.push(text) },
    { pauseMs: 0, ...limits },
  );
  return { queue, seen };
}

test('all entries come in order, before the end', async () => {
  const { queue, seen } = observedQueue({ pauseMs: 60_000 });
  for (let step = 0; step < 50; step++) queue.push(entry(step));
  await queue.close(FINISHED);
  expect(seen).toEqual({
    batches: [Array.from({ length: 50 }, (_, i) => i)],
    outcome: FINISHED,
    problems: [],
    opened: 1,
  });
});

test('entries that come during a call wait for the next one', async () => {
  let release = (): void => undefined;
  let started = (): void => undefined;
  const running = new Promise<void>((resolve) => (started = resolve));
  const { queue, seen } = observedQueue({}, (call) => {
    if (call > 0) return;
    started();
    return new Promise<void>((resolve) => (release = resolve));
  });
  queue.push(entry(0));
  await running;
  queue.push(entry(1));
  queue.push(entry(2));
  release();
  await queue.close(FINISHED);
  expect(seen.batches).toEqual([[0], [1, 2]]);
});

test('the first error is reported once, and nothing more is sent', async () => {
  const { queue, seen } = observedQueue({}, () => {
    throw new Error('502');
  });
  queue.push(entry(0));
  await queue.close(FINISHED);
  queue.push(entry(1));
  await queue.close(FINISHED);
  expect(seen).toEqual({
    batches: [],
    outcome: undefined,
    problems: ['left out from here on: 502'],
    opened: 1,
  });
});

test('entries that the network lost are sent again first, and the end does not wait', async () => {
  const failures = (count: number) => (): void => {
    if (count-- > 0) throw new AutomodelError('network', 'no route');
  };
  const passing = observedQueue({ retryMs: [0, 0] }, failures(2));
  passing.queue.push(entry(0));
  while (passing.seen.batches.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  passing.queue.push(entry(1));
  await passing.queue.close(FINISHED);
  expect([passing.seen.batches, passing.seen.problems]).toEqual([[[0], [1]], []]);
  const lasting = observedQueue({ retryMs: [600_000] }, failures(9));
  lasting.queue.push(entry(0));
  await lasting.queue.close(FINISHED);
  expect(lasting.seen.problems).toEqual(['left out from here on: no route']);
});

test('after an error that will not pass by itself nothing is sent again', async () => {
  let calls = 0;
  const { queue, seen } = observedQueue({ retryMs: [0, 0] }, () => {
    calls += 1;
    throw new AutomodelError('bad-config', 'refused');
  });
  queue.push(entry(0));
  while (seen.problems.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await queue.close(FINISHED);
  expect([calls, seen.problems]).toEqual([1, ['left out from here on: refused']]);
});

test('a tracker that cannot be opened is left out', async () => {
  const problems: string[] = [];
  const queue = new TrackerQueue(() => Promise.reject(new Error('no route')), {
    opened: () => problems.push('opened'),
    problem: (text) => problems.push(text),
  });
  queue.push(entry(0));
  await queue.close(FINISHED);
  expect(problems).toEqual(['left out from here on: no route']);
});

test('a slow tracker loses the oldest entries; one that hangs does not delay the end', async () => {
  const slow = observedQueue({ capacity: 3 });
  for (let step = 0; step < 5; step++) slow.queue.push(entry(step));
  await slow.queue.close(FINISHED);
  expect(slow.seen.batches).toEqual([[2, 3, 4]]);
  expect(slow.seen.problems).toEqual(['was slower than the run: 2 entries were left out']);
  const hanging = observedQueue({ closeMs: 5 }, () => new Promise<void>(() => undefined));
  hanging.queue.push(entry(0));
  await hanging.queue.close(FINISHED);
  expect(hanging.seen.problems).toEqual(['does not answer; its last entries are missing']);
});
