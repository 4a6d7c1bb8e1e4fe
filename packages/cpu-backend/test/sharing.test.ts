// When threads share phases: decided from times, which are given here.
import koffi from 'koffi';
import { expect, it } from 'vitest';
import { loadLibrary } from '../src/library.js';

const MILLISECOND = 1e6;

/** A phase: what it takes shared and alone, in milliseconds. */
interface Phase {
  readonly together: number;
  readonly alone: number;
}

/** Threads that share each phase. `phaseAt` says what the phase that starts at a time takes. */
function threadsOf(
  threads: number,
  milliseconds: number,
  phaseAt: (millisecond: number) => Phase,
): number[] {
  const of = koffi
    .load(loadLibrary().path)
    .func(
      'void automodel_sharing_of(int32_t threads, const int64_t *phases, int64_t count, ' +
        '_Out_ int32_t *active)',
    );
  const run = (phases: readonly number[]): number[] => {
    const active = new Int32Array(phases.length / 3);
    const words = BigInt64Array.from(phases, (value) => BigInt(Math.round(value * MILLISECOND)));
    of(threads, words, active.length, active);
    return [...active];
  };
  // a phase takes what its number of threads makes it take
  const phases: number[] = [];
  let active: number[] = [];
  for (let now = 0; now < milliseconds;) {
    const { together, alone } = phaseAt(now);
    phases.push(now, together, alone);
    active = run(phases);
    now += active.at(-1)! > 1 ? together : alone;
  }
  return active;
}

const quiet = { together: 0.55, alone: 1 };
const busy = { together: 4, alone: 1 };

const shareOf = (threads: readonly number[]): number =>
  threads.filter((count) => count > 1).length / threads.length;

it('shares as long as that takes less time', () => {
  expect(new Set(threadsOf(2, 100, () => quiet))).toEqual(new Set([2]));
  // no gain is no reason to stop: phases of few chunks have none
  expect(new Set(threadsOf(8, 100, () => ({ together: 1, alone: 1 })))).toEqual(new Set([8]));
});

it('stops where threads wait for each other longer than they work, and tries again rarely', () => {
  const threads = threadsOf(2, 1500, () => busy);
  expect(threads.slice(0, 3)).toEqual([2, 1, 1]);
  expect(shareOf(threads)).toBeLessThan(0.02);
  expect(threads.slice(100)).toContain(2);
});

it('takes half of the threads before it takes one', () => {
  expect(threadsOf(8, 30, () => busy).slice(0, 7)).toEqual([8, 4, 2, 1, 1, 1, 1]);
});

it('shares again when the machine is quiet, and forgets that it was busy', () => {
  const threads = threadsOf(2, 1200, (now) =>
    now < 300 || (now > 900 && now < 905) ? busy : quiet,
  );
  const [first, last] = [threads.slice(0, 200), threads.slice(-100)];
  expect(shareOf(first)).toBeLessThan(0.1);
  expect(last.slice(-50)).toEqual(new Array(50).fill(2));
  expect(shareOf(last)).toBe(1);
});

it('leaves a short program to one thread, once it is known how long its phases take', () => {
  const of = koffi
    .load(loadLibrary().path)
    .func(
      'int32_t automodel_team_of(const int64_t *chunks, const int64_t *alone, int64_t phases)',
    ) as (chunks: BigInt64Array, alone: BigInt64Array, phases: number) => number;
  const isShared = (...microseconds: number[]): boolean => {
    const chunks = new BigInt64Array(microseconds.length).fill(8n);
    const alone = BigInt64Array.from(microseconds, (time) => BigInt(time * 1000));
    return of(chunks, alone, alone.length) === 1;
  };
  expect(isShared(100, 50, 200)).toBe(false);
  expect(isShared(100, 50, 300)).toBe(true);
  expect(isShared(100, 0, 200)).toBe(true);
  expect(of(BigInt64Array.of(8n, 0n), BigInt64Array.of(1000n, 0n), 2)).toBe(0);
});
