// Which steps of a plan have certainly finished before another starts: steps of one stream run in
// order, others only by waits. A vector clock for each step.
import type { Stream } from '../graph/graph.js';
import type { PlanStep } from './plan.js';

export class StepOrder {
  /** For each step, the latest step of each stream that it comes after. */
  readonly #clocks: ReadonlyMap<Stream, number>[] = [];
  readonly #streams: Stream[] = [];
  readonly #latest = new Map<Stream, number>();

  /** Adds the next step. Returns the first of its waits that is not an earlier step. */
  add(step: Pick<PlanStep, 'stream' | 'waits'>): number | undefined {
    const index = this.#clocks.length;
    const before = this.#latest.get(step.stream);
    const clock = new Map(before === undefined ? [] : this.#clocks[before]);
    const wrong = step.waits.find((wait) => this.#clocks[wait] === undefined);
    for (const wait of step.waits)
      for (const [stream, at] of this.#clocks[wait] ?? [])
        clock.set(stream, Math.max(at, clock.get(stream) ?? -1));
    clock.set(step.stream, index);
    this.#clocks.push(clock);
    this.#streams.push(step.stream);
    this.#latest.set(step.stream, index);
    return wrong;
  }

  /** Whether step `earlier` (-1: the beginning) has finished when the latest step starts. */
  happenedBefore(earlier: number): boolean {
    if (earlier < 0) return true;
    const stream = this.#streams[earlier];
    const seen = stream === undefined ? undefined : this.#clocks.at(-1)?.get(stream);
    return seen !== undefined && seen >= earlier;
  }
}
