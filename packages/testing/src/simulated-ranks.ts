// Several ranks in one process: a reference backend for each, whose collectives meet in memory, and
// host groups that sum there. Sessions, steps and whole runs over them show what a strategy of
// parallelism computes, without processes or native code.
import type { Backend, HostGroup, Ranks } from '@automodel/contracts';
import {
  AutomodelError,
  collectiveResults,
  ranksAlong,
  type Communicate,
  type HostTensor,
  type OpDefinition,
  type RankAxis,
} from '@automodel/core';
import { referenceBackend } from './reference-backend.js';

/** One of the simulated ranks. */
export interface SimulatedRank {
  readonly backend: Backend;
  readonly host: HostGroup;
}

/** A call that waits for the other ranks of its group. */
interface Call {
  readonly what: string;
  readonly value: unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Where the n-th calls of all members meet. */
class Meeting {
  readonly #members: readonly number[];
  readonly #waiting = new Map<number, Call[]>();
  readonly #channels = new Map<string, Meeting>();

  constructor(members: readonly number[]) {
    this.#members = members;
    for (const member of members) this.#waiting.set(member, []);
  }

  /** Where the same members meet for something else. */
  channel(name: string): Meeting {
    let channel = this.#channels.get(name);
    if (channel === undefined) this.#channels.set(name, (channel = new Meeting(this.#members)));
    return channel;
  }

  /** Resolves when all members have called, with this member's part of what `together` makes. */
  call<T, R>(
    member: number,
    what: string,
    value: T,
    together: (values: readonly T[]) => readonly R[],
  ): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#waiting.get(member)!.push({ what, value, resolve: resolve as never, reject });
      const calls = this.#members.map((of) => this.#waiting.get(of)![0]);
      if (!calls.every((call) => call !== undefined)) return;
      for (const queue of this.#waiting.values()) queue.shift();
      try {
        const other = calls.find((call) => call.what !== calls[0]!.what);
        if (other !== undefined)
          throw new AutomodelError(
            'internal',
            `ranks call different collectives: ${calls[0]!.what} and ${other.what}`,
          );
        const results = together(calls.map((call) => call.value as T));
        calls.forEach((call, i) => call.resolve(results[i]));
      } catch (error) {
        for (const call of calls) call.reject(error);
      }
    });
  }
}

/**
 * As many ranks as `axes` (from the outermost) have. All of them have to be run side by side: a
 * collective waits for every rank along its axis.
 */
export function simulatedRanks(axes: readonly RankAxis[]): readonly SimulatedRank[] {
  const size = axes.reduce((product, axis) => product * axis.size, 1);
  const all = new Meeting(Array.from({ length: size }, (_, rank) => rank));
  const meetings = new Map(
    axes.map(({ name }) => [
      name,
      ranksAlong(name, axes).map((group) => [group, new Meeting(group)] as const),
    ]),
  );
  return Array.from({ length: size }, (_, rank): SimulatedRank => {
    const communicate: Communicate = (op, operands, attrs) => {
      const found = meetings.get(String(attrs['axis']))?.find(([group]) => group.includes(rank));
      if (found === undefined)
        throw new AutomodelError('bad-plan', `the mesh has no axis ${String(attrs['axis'])}`);
      const together = (values: readonly (readonly HostTensor[])[]) =>
        collectiveResults(op, values, attrs, 'typed');
      return found[1].call(rank, describe(op, operands), operands, together);
    };
    return { backend: referenceBackend([], communicate), host: hostOf({ size, rank }, all) };
  });
}

/** The host group of one rank. Each channel meets by itself. */
function hostOf(ranks: Ranks, meeting: Meeting): HostGroup {
  const call = <T>(what: string, value: T): Promise<readonly T[]> =>
    meeting.call<T, readonly T[]>(ranks.rank, what, value, (all) => all.map(() => all));
  const host: HostGroup = {
    ...ranks,
    local: ranks,
    lost: new AbortController().signal,
    exchange: (text) => call('exchange', text),
    sum: async (values) => {
      const byRank = await call(`sum of ${values.length}`, values);
      return values.map((_, i) => byRank.reduce((total, of) => total + of[i]!, 0));
    },
    barrier: async () => void (await call('barrier', '')),
    channel: (name) => hostOf(ranks, meeting.channel(name)),
  };
  return host;
}

const describe = (op: OpDefinition, operands: readonly HostTensor[]): string =>
  `${op.name} of ${operands.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`).join(' ')}`;
