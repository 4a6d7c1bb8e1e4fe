// Processes that speak as ours do and were not let in. Any of them may be a stranger, so a rank
// that is missing still has a while to come after one was refused under its name.

/** A process that was not let in; what it says of itself may be wrong. */
export interface Refused {
  readonly rank: unknown;
  readonly size: unknown;
  /** Why, naming its address. */
  readonly because: string;
  readonly hint: string;
}

/** Milliseconds that a rank still has. `timeout`: in which all have to come. */
const patience = (timeout: number): number => Math.min(5000, timeout / 4);

export class Refusals {
  readonly #size: number;
  readonly #patience: number;
  readonly #byRank = new Map<number, Refused & { readonly since: number }>();
  #first: Refused | undefined;

  /** `size`: how many processes there should be. `timeout` in milliseconds. */
  constructor({ size, timeout }: { readonly size: number; readonly timeout: number }) {
    this.#size = size;
    this.#patience = patience(timeout);
  }

  /** Of all. */
  get first(): Refused | undefined {
    return this.#first;
  }

  add(somebody: Refused, now: number): void {
    const { rank, size } = somebody;
    this.#first ??= somebody;
    if (size !== this.#size || typeof rank !== 'number' || this.#byRank.has(rank)) return;
    this.#byRank.set(rank, { ...somebody, since: now });
  }

  /** The one that is why a missing rank does not come; undefined while that may still come. */
  insteadOf(missing: number, now: number): Refused | undefined {
    const refused = this.#byRank.get(missing);
    return refused !== undefined && now - refused.since > this.#patience ? refused : undefined;
  }
}
