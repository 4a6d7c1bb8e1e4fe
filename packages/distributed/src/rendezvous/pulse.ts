// When somebody was last heard of. A process that was itself stopped meanwhile (a laptop that
// slept, Ctrl-Z) blames nobody for it: its own gap does not count.

/** Milliseconds, derived from the time-out after which a silent process is given up. */
export interface Pace {
  /** From one beat to the next. */
  readonly beat: number;
  /** Silence that ends a run. */
  readonly silence: number;
}

const SLOWEST_BEAT = 1000;
/** The rest of the time-out is for everybody to hear of it and to say so. */
const NOTICED = 0.7;

/** The silence is noticed within `timeout` milliseconds. */
export function paceOf(timeout: number): Pace {
  const beat = Math.min(SLOWEST_BEAT, timeout / 20);
  return { beat, silence: NOTICED * timeout };
}

export class Pulse<Who> {
  readonly #pace: Pace;
  readonly #heard = new Map<Who, number>();
  #looked: number;

  constructor(pace: Pace, now: number) {
    this.#pace = pace;
    this.#looked = now;
  }

  heard(who: Who, now: number): void {
    this.#heard.set(who, now);
  }

  forget(who: Who): void {
    this.#heard.delete(who);
  }

  /** To be called every `pace.beat`: those that were silent for too long. */
  silent(now: number): readonly Who[] {
    const own = now - this.#looked - this.#pace.beat;
    this.#looked = now;
    const slept = own > this.#pace.silence / 4 ? own : 0;
    if (slept > 0) for (const [who, at] of this.#heard) this.#heard.set(who, at + slept);
    return [...this.#heard].filter(([, at]) => now - at > this.#pace.silence).map(([who]) => who);
  }
}
