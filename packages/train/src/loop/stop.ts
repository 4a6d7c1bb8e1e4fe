// Whether the work should end early. Loops check it between steps and pass its signal on to what
// they call. Where processes share the work, the wish of one becomes the stop of all at a place
// that all of them come to, so that none waits for another that has left.
import type { HostGroup } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

/** A request to stop, as an abort signal makes it. */
export class Stop {
  /** Aborted when the work is to stop. Undefined: a stop is never requested. */
  readonly signal: AbortSignal | undefined;
  readonly #wish: AbortSignal | undefined;
  readonly #host: HostGroup | undefined;
  readonly #agreed = new AbortController();

  /** `wish`: of this process. `host`: the processes that have to agree; absent: there is one. */
  constructor(wish?: AbortSignal, host?: HostGroup) {
    this.#wish = wish;
    this.#host = host !== undefined && host.size > 1 ? host : undefined;
    this.signal = this.#host === undefined ? wish : this.#agreed.signal;
  }

  get requested(): boolean {
    return this.signal?.aborted === true;
  }

  /** Whether this process wants to stop; of a single process the same as `requested`. */
  get wanted(): boolean {
    return this.#wish?.aborted === true;
  }

  /** Where all processes come to: stops if one of them wants to. Returns whether it does. */
  async agree(): Promise<boolean> {
    if (this.#host !== undefined && !this.requested) {
      const [wishes = 0] = await this.#host.sum([this.wanted ? 1 : 0]);
      this.settle(wishes > 0);
    }
    return this.requested;
  }

  /** What the processes have agreed on by other means. Of a single process: nothing. */
  settle(stop: boolean): void {
    if (stop) this.#agreed.abort(this.#wish?.reason);
  }

  /**
   * For work that other processes do not wait for. Errors: `aborted`, saying that `what` was
   * stopped.
   */
  throwIfRequested(what: string): void {
    if (this.requested || this.wanted) throw new AutomodelError('aborted', `${what} was stopped`);
  }
}
