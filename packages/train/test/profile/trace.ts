// A trace as a reader of it sees it, and what must hold for every trace.
import { expect } from 'vitest';

/** A complete event; times in microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly pid: number;
  readonly thread: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: Readonly<Record<string, unknown>>;
}

interface Trace {
  readonly otherData: Readonly<Record<string, unknown>>;
  readonly events: readonly TraceEvent[];
}

type RawEvent = Omit<TraceEvent, 'thread'> & { readonly ph: string; readonly tid: number };

export function readTrace(text: string): Trace {
  const { otherData, traceEvents } = JSON.parse(text) as Pick<Trace, 'otherData'> & {
    readonly traceEvents: readonly RawEvent[];
  };
  const threads = new Map(
    traceEvents
      .filter(({ name }) => name === 'thread_name')
      .map(({ tid, args }) => [tid, String(args['name'])]),
  );
  const events = traceEvents
    .filter(({ ph }) => ph === 'X')
    .map(({ tid, ...event }) => ({ ...event, thread: threads.get(tid)! }));
  return { otherData, events };
}

const ns = (microseconds: number): number => Math.round(microseconds * 1e3);

/** The events of one thread, in order; none may begin before the one before has ended. */
export function thread({ events }: Trace, name: string): readonly TraceEvent[] {
  const own = events.filter((event) => event.thread === name);
  own.slice(1).forEach(({ ts }, i) => {
    expect(ns(ts)).toBeGreaterThanOrEqual(ns(own[i]!.ts) + ns(own[i]!.dur));
  });
  return own;
}

/** The events that lie within another one, on any of `threads`, in order. */
export function within(trace: Trace, outer: TraceEvent, ...threads: readonly string[]) {
  return trace.events
    .filter(({ thread: name }) => threads.includes(name))
    .filter(
      ({ ts, dur }) => ns(ts) >= ns(outer.ts) && ns(ts) + ns(dur) <= ns(outer.ts) + ns(outer.dur),
    );
}

/** Nanoseconds of all `events` together. */
export const total = (events: readonly TraceEvent[]): number =>
  events.reduce((sum, { dur }) => sum + ns(dur), 0);
