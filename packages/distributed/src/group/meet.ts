// Starts the thread of the rendezvous, waits until all processes are there, and ends it again.
import { hostname } from 'node:os';
import type { Ranks } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { FromWorker, WorkerInput } from '../rendezvous/worker-messages.js';
import type { Member } from '../wire/messages.js';
import { isLostRank, lostRank } from './lost-rank.js';
import { Calls, channelOf, type JoinedGroup } from './process-group.js';
import { RendezvousThread } from './rendezvous-thread.js';

export interface MeetOptions extends Omit<WorkerInput, 'machine'> {
  /** This process among those of its machine. Absent: counted by the names of machines. */
  readonly local: Ranks | undefined;
  /** Called when the first process listens. */
  readonly onListening: (port: number) => void;
  readonly onNote: (text: string) => void;
}

/** Milliseconds for saying goodbye, behind everything that was sent before. */
const PATIENCE = 60_000;

/** Errors: those of the rendezvous, in one line each. */
export async function meet(options: MeetOptions): Promise<JoinedGroup> {
  const { local, onListening, onNote, ...input } = options;
  const listeners = new Set<(message: FromWorker) => void>();
  const thread = new RendezvousThread({ ...input, machine: hostname() }, (message) => {
    for (const listener of listeners) listener(message);
  });
  const calls = new Calls(thread);
  listeners.add((message) => {
    calls.receive(message);
    if (message.type === 'listening') onListening(message.port);
    if (message.type === 'note') onNote(message.text);
  });
  const next = <T>(read: (message: FromWorker) => T | undefined): Promise<T> =>
    new Promise((resolve, reject) =>
      listeners.add((message) => {
        try {
          const value = read(message);
          if (value !== undefined) resolve(value);
        } catch (error) {
          reject(error as Error);
        }
      }),
    );
  const end = onlyOnce(async (message?: string): Promise<void> => {
    const left = next(({ type }) => (type === 'left' ? true : undefined));
    thread.send(message === undefined ? { type: 'leave' } : { type: 'fail', message });
    await thread.whileWaiting(Promise.race([left, thread.ended, pause(PATIENCE)]));
    await thread.close();
    calls.reject(new AutomodelError('aborted', 'the process has left the others'));
  });
  try {
    const members = await thread.whileWaiting(next(membersOf));
    const { rank, size } = input;
    const ranks = { rank, size, local: local ?? localRanks(members, rank) };
    return {
      ...channelOf(calls, ranks),
      members,
      fail: (error) => end(isLostRank(error) ? undefined : messageOf(error)),
      [Symbol.asyncDispose]: () => end(),
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function membersOf(message: FromWorker): readonly Member[] | undefined {
  if (message.type === 'lost') throw lostRank(message.error);
  return message.type === 'joined' ? message.members : undefined;
}

/** The processes on the machine of `rank`. */
function localRanks(members: readonly Member[], rank: number): Ranks {
  const { machine } = members[rank]!;
  const here = members.filter((member) => member.machine === machine);
  return { size: here.length, rank: here.findIndex((member) => member.rank === rank) };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref());

/** Later calls get what the first one did. */
function onlyOnce(act: (message?: string) => Promise<void>): (message?: string) => Promise<void> {
  let done: Promise<void> | undefined;
  return (message) => (done ??= act(message));
}
