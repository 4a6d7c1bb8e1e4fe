// What the first process makes of messages and of time, without either sockets or a clock.
import { beforeEach, describe, expect, test } from 'vitest';
import { Coordinator } from '../../src/rendezvous/coordinator.js';
import { paceOf } from '../../src/rendezvous/pulse.js';
import type { Message } from '../../src/wire/messages.js';
import type { Peer } from '../../src/rendezvous/peer.js';

const MINUTE = 60_000;
let now = 0;
let told: Message[][];
let peers: Peer[];
let notes: string[];
let coordinator: Coordinator;

const peerOf = (rank: number, process = 100 + rank): Peer => ({
  ...{ rank, machine: `m${rank}`, process },
  send: (message) => void told[rank]?.push(message),
  end: () => Promise.resolve(),
});
const lostBy = (rank: number): readonly (string | undefined)[] =>
  told[rank]!.flatMap((message) => (message.type === 'lost' ? [message.error.message] : []));
const call = (sequence: number, what = 'exchange'): Message => ({
  ...{ type: 'call', channel: '', sequence, what },
});
/** Passes time; ranks in `alive` send their beats. */
function pass(milliseconds: number, alive: readonly number[] = []): void {
  const { beat } = paceOf(MINUTE);
  for (const end = now + milliseconds; now < end;) {
    now += beat;
    for (const rank of alive) coordinator.receive(rank, { type: 'beat' }, '');
    coordinator.beat();
  }
}

beforeEach(() => {
  now = 0;
  told = [[], [], []];
  notes = [];
  peers = [0, 1, 2].map((rank) => peerOf(rank));
  coordinator = new Coordinator({
    ...{ size: 3, timeout: MINUTE, pace: paceOf(MINUTE) },
    now: () => now,
    onNote: (text) => notes.push(text),
    onSettled: () => undefined,
  });
});

describe('before all are there', () => {
  const refuse = (rank: unknown, size: unknown): void =>
    coordinator.refused({ rank, size, because: `${String(rank)}'s secret`, hint: 'set it' });

  test('names those that are missing, and why a stranger was not let in', () => {
    coordinator.admit(peers[0]!, 3);
    refuse('2', 3);
    refuse(1, 4);
    refuse(0, 3);
    refuse(7, 3);
    pass(59_000, [0]);
    expect(lostBy(0)).toEqual([]);
    pass(3000, [0]);
    expect(lostBy(0)).toEqual(["ranks 1, 2 of 3 did not come within 1 minutes; 2's secret"]);
  });

  test('a rank under whose name somebody was refused has to come soon', () => {
    for (const rank of [0, 1]) coordinator.admit(peers[rank]!, 3);
    refuse(2, 3);
    pass(4000, [0, 1]);
    coordinator.admit(peers[2]!, 3);
    pass(60_000, [0, 1, 2]);
    refuse(2, 3); // all are there
    pass(60_000, [0, 1, 2]);
    expect(lostBy(0)).toEqual([]);
  });

  test('if it does not, all end and say what was wrong with that one', () => {
    for (const rank of [0, 1]) coordinator.admit(peers[rank]!, 3);
    refuse(2, 3);
    pass(8000, [0, 1]);
    expect([0, 1].map(lostBy)).toEqual([["2's secret"], ["2's secret"]]);
  });

  test.each([
    [peerOf(1, 999), 3, 'rank 1 is there twice: on m1, process 101, and on m1, process 999'],
    [peerOf(2), 4, 'rank 2 (m2, process 102) expects 4 processes, rank 0 expects 3'],
    [peerOf(3), 3, 'rank 3 (m3, process 103) is none of the 3 processes'],
  ])('refuses who does not fit', (other, size, message) => {
    coordinator.admit(peers[0]!, 3);
    coordinator.admit(peers[1]!, 3);
    expect(coordinator.admit(other, size)).toBe(false);
    expect(lostBy(0)).toEqual([message]);
    expect(lostBy(1)).toContain(message);
  });
});

describe('when all are there', () => {
  beforeEach(() => {
    for (const peer of peers) coordinator.admit(peer, 3);
  });

  test('says who is who', () => {
    const complete = told[2]!.find(({ type }) => type === 'complete');
    expect(complete).toMatchObject({ members: [{ rank: 0 }, { rank: 1 }, { rank: 2 }] });
  });

  test.each([
    [peerOf(1, 999), 3, 'rank 1 is there twice: on m1, process 101, and on m1, process 999'],
    [peerOf(2, 999), 4, 'rank 2 (m2, process 999) expects 4 processes, rank 0 expects 3'],
  ])('one more is refused, and ends nothing', (other, size, message) => {
    const heard: Message[] = [];
    const more = { ...other, send: (said: Message) => void heard.push(said) };
    expect(coordinator.admit(more, size)).toBe(false);
    expect(heard).toMatchObject([{ type: 'lost', error: { message } }]);
    coordinator.closed(more);
    pass(5000, [0, 1, 2]);
    expect([0, 1, 2].map(lostBy)).toEqual([[], [], []]);
  });

  test('names a silent process within the time-out, and none that beats', () => {
    pass(30_000, [0, 1, 2]);
    pass(60_000, [0, 2]);
    expect(lostBy(0)).toEqual(['rank 1 (m1, process 101) does not answer']);
    expect(lostBy(2)).toEqual(lostBy(0));
  });

  test('a process that computes for long is remarked on once, and not lost', () => {
    coordinator.receive(0, call(0), 'a');
    coordinator.receive(2, call(0), 'c');
    pass(10 * MINUTE, [0, 1, 2]);
    expect(lostBy(0)).toEqual([]);
    expect(notes).toEqual(['waiting for rank 1 (m1, process 101), which still answers']);
    coordinator.receive(1, call(0), 'b');
    expect(told[0]!.filter(({ type }) => type === 'part')).toHaveLength(3);
  });

  test('blames nobody for its own sleep', () => {
    pass(5000, [0, 1, 2]);
    now += 60 * MINUTE;
    coordinator.beat();
    pass(5000, [0, 1, 2]);
    expect(lostBy(0)).toEqual([]);
  });

  test('an error goes to all others, with where it happened', () => {
    coordinator.receive(2, { type: 'failed', message: 'no space left' }, '');
    coordinator.receive(2, { type: 'goodbye' }, '');
    coordinator.closed(peers[2]!);
    expect([0, 1, 2].map(lostBy)).toEqual([
      ['rank 2 (m2): no space left'],
      ['rank 2 (m2): no space left'],
      [],
    ]);
  });

  test('a closed way without goodbye is a loss, one after it is none', () => {
    coordinator.receive(2, { type: 'goodbye' }, '');
    coordinator.closed(peers[2]!);
    expect(lostBy(0)).toEqual([]);
    coordinator.closed(peers[1]!);
    expect(lostBy(0)).toEqual(['rank 1 (m1, process 101) ended']);
  });

  test('who leaves while others wait is named, before and after', () => {
    coordinator.receive(2, { type: 'goodbye' }, '');
    coordinator.receive(0, call(0), 'a');
    expect(lostBy(0)).toEqual(['rank 2 (m2, process 102) ended before the others']);
  });

  test('calls that do not belong together end the run', () => {
    coordinator.receive(0, call(0), 'a');
    coordinator.receive(1, call(0, 'barrier'), '');
    expect(lostBy(2)).toEqual(['processes call different things: exchange and barrier']);
  });
});
