// The queue between a run and one tracker: entries wait here, and the tracker gets all of them at
// once whenever it has finished the last call. The run never waits; when the queue is full, the
// oldest entries are left out. A call that fails because of the network is tried again after
// growing pauses, while the run goes on; after any other error nothing more is sent. Each of these
// is reported once, as a problem.
import { AutomodelError } from '@automodel/core';
import type { TrackedOutcome, TrackedValues, Tracker } from '@automodel/contracts';

export interface TrackerLimits {
  /** Maximum number of entries that wait. */
  readonly capacity?: number;
  /** Pause between two calls, because servers limit requests. */
  readonly pauseMs?: number;
  /** Pause before each further try of a call that failed because of the network. */
  readonly retryMs?: readonly number[];
  /** How long the end of a run waits for the last entries. */
  readonly closeMs?: number;
}

export interface TrackerListener {
  opened(location: string | undefined): void;
  problem(text: string): void;
}

export class TrackerQueue {
  readonly #listener: TrackerListener;
  readonly #limits: Required<TrackerLimits>;
  readonly #waiting: TrackedValues[] = [];
  readonly #done: Promise<void>;
  #wake: () => void = () => undefined;
  #outcome: TrackedOutcome | undefined;
  #ended = false;
  #quiet = false;
  #leftOut = 0;

  /** `open` is called at once. */
  constructor(
    open: () => Promise<Tracker>,
    listener: TrackerListener,
    {
      capacity = 10_000,
      pauseMs = 1000,
      retryMs = [2000, 10_000, 60_000, 300_000],
      closeMs = 10_000,
    }: TrackerLimits = {},
  ) {
    this.#listener = listener;
    this.#limits = { capacity, pauseMs, retryMs, closeMs };
    this.#done = this.#run(open)
      .catch((error: unknown) =>
        this.#problem(
          `left out from here on: ${error instanceof Error ? error.message : String(error)}`,
        ),
      )
      .finally(() => (this.#ended = true));
  }

  /** Never waits and never throws. */
  push(entry: TrackedValues): void {
    if (this.#ended || this.#outcome !== undefined) return;
    this.#waiting.push(entry);
    if (this.#waiting.length > this.#limits.capacity) {
      this.#waiting.shift();
      this.#leftOut += 1;
    }
    this.#wake();
  }

  /**
   * Sends what is waiting and how the run ended; gives up after a while. Never throws; a second
   * call does nothing.
   */
  async close(outcome: TrackedOutcome): Promise<void> {
    if (this.#quiet) return;
    this.#outcome ??= outcome;
    this.#wake();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>(
      (resolve) => (timer = setTimeout(() => resolve('late'), this.#limits.closeMs)),
    );
    const result = await Promise.race([this.#done, late]);
    clearTimeout(timer);
    if (result === 'late') this.#problem('does not answer; its last entries are missing');
    else if (this.#leftOut > 0)
      this.#problem(`was slower than the run: ${this.#leftOut} entries were left out`);
    [this.#ended, this.#quiet] = [true, true];
  }

  async #run(open: () => Promise<Tracker>): Promise<void> {
    const tracker = await this.#tried(open);
    if (!this.#quiet) this.#listener.opened(tracker.location);
    while (!this.#ended) {
      if (this.#waiting.length > 0) await this.#sendAll(tracker);
      else if (this.#outcome !== undefined) return tracker.close(this.#outcome);
      await this.#until(this.#limits.pauseMs, () => this.#waiting.length > 0);
    }
  }

  async #sendAll(tracker: Tracker): Promise<void> {
    const entries = this.#waiting.splice(0);
    await this.#tried(() => tracker.log(entries));
  }

  /** Tries again after each pause, as long as the network fails and the run goes on. */
  async #tried<T>(attempt: () => Promise<T>): Promise<T> {
    for (const pause of this.#limits.retryMs) {
      try {
        return await attempt();
      } catch (error) {
        if (
          !(error instanceof AutomodelError && error.code === 'network') ||
          this.#outcome !== undefined
        )
          throw error;
        await this.#until(pause, () => true);
      }
    }
    return attempt();
  }

  /** Waits until the pause is over and there is something to do, or the run has ended. */
  async #until(pauseMs: number, ready: () => boolean): Promise<void> {
    const woken = (): Promise<void> => new Promise((resolve) => (this.#wake = resolve));
    const until = Date.now() + pauseMs;
    while (this.#outcome === undefined) {
      const rest = until - Date.now();
      if (rest <= 0 && ready()) return;
      const timer = rest > 0 ? setTimeout(() => this.#wake(), rest) : undefined;
      timer?.unref();
      await woken();
      clearTimeout(timer);
    }
  }

  #problem(text: string): void {
    if (!this.#quiet) this.#listener.problem(text);
    this.#waiting.length = 0;
  }
}
