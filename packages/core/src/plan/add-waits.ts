// Ordering between streams. Steps of one stream run in order; a step waits for steps of other
// streams whose bytes it touches, whether the data depends on them or memory is merely reused.
// Plans with one stream need no waits.
import type { Stream } from '../graph/graph.js';
import { ByteMap } from './byte-map.js';
import type { Plan, PlanBuffer, PlanStep } from './plan.js';

/** The same plan with the waits that make its byte accesses happen in order. */
export function addWaits(plan: Plan): Plan {
  if (plan.steps.every((s) => s.stream === 'compute')) return plan;
  const accesses = new Accesses(plan.buffers);
  const clocks: ReadonlyMap<Stream, number>[] = [];
  const latest = new Map<Stream, number>();
  const steps = plan.steps.map((step, index): PlanStep => {
    const clock = new Map(clocks[latest.get(step.stream) ?? -1]);
    const waits: number[] = [];
    for (const earlier of accesses.before(step).sort((a, b) => b - a)) {
      const stream = plan.steps[earlier]!.stream;
      if ((clock.get(stream) ?? -1) >= earlier) continue;
      waits.push(earlier);
      for (const [s, at] of clocks[earlier]!) clock.set(s, Math.max(at, clock.get(s) ?? -1));
    }
    clock.set(step.stream, index);
    clocks.push(clock);
    latest.set(step.stream, index);
    accesses.record(step, index);
    return { ...step, waits: waits.sort((a, b) => a - b) };
  });
  return { ...plan, steps };
}

/** The last step that wrote bytes, and the last of each stream that read them since. */
interface Touched {
  readonly write: { readonly stream: Stream; readonly step: number } | undefined;
  readonly reads: ReadonlyMap<Stream, number>;
}

const UNTOUCHED: Touched = { write: undefined, reads: new Map() };

/** Who touched which bytes of the arena and of bound buffers last. */
class Accesses {
  readonly #buffers: readonly PlanBuffer[];
  readonly #arena = new ByteMap<Touched>();
  readonly #bound = new Map<number, ByteMap<Touched>>();

  constructor(buffers: readonly PlanBuffer[]) {
    this.#buffers = buffers;
  }

  /**
   * Earlier steps of other streams that `step` must not overtake: writers of what it reads, readers
   * and writers of what it writes.
   */
  before({ inputs, outputs, workspace, stream }: PlanStep): number[] {
    const found = new Set<number>();
    const look = (buffer: number, writes: boolean): void => {
      const { map, start, end } = this.#bytesOf(buffer);
      for (const { content } of map.overlapping(start, end)) {
        const { write, reads } = content;
        if (write !== undefined && write.stream !== stream) found.add(write.step);
        if (writes) for (const [other, step] of reads) if (other !== stream) found.add(step);
      }
    };
    for (const ref of inputs) if (ref !== null) look(ref.buffer, false);
    for (const ref of outputs) if (ref !== null) look(ref.buffer, true);
    if (workspace !== null) look(workspace, true);
    return [...found];
  }

  /** Notes what `step` does; whatever it writes happens after all that `before` found. */
  record({ inputs, outputs, workspace, stream }: PlanStep, step: number): void {
    for (const ref of inputs) if (ref !== null) this.#read(ref.buffer, stream, step);
    const written = { write: { stream, step }, reads: new Map<Stream, number>() };
    for (const buffer of [...outputs.flatMap((r) => (r === null ? [] : r.buffer)), workspace]) {
      if (buffer === null) continue;
      const { map, start, end } = this.#bytesOf(buffer);
      if (end > start) map.set(start, end, written);
    }
  }

  #read(buffer: number, stream: Stream, step: number): void {
    const { map, start, end } = this.#bytesOf(buffer);
    map.fill(start, end, UNTOUCHED);
    map.change(start, end, ({ write, reads }) => ({
      write,
      reads: new Map(reads).set(stream, step),
    }));
  }

  #bytesOf(id: number): {
    readonly map: ByteMap<Touched>;
    readonly start: number;
    readonly end: number;
  } {
    const { kind, offset, bytes } = this.#buffers[id]!;
    if (kind === 'transient') return { map: this.#arena, start: offset, end: offset + bytes };
    let map = this.#bound.get(id);
    if (map === undefined) this.#bound.set(id, (map = new ByteMap()));
    return { map, start: 0, end: bytes };
  }
}
