// Whether the work should end early. Loops check it between steps and pass its signal on to what
// they call.
import { AutomodelError } from '@automodel/core';

/** A request to stop, as an abort signal makes it. */
export class Stop {
  /** Undefined: a stop is never requested. */
  readonly signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal) {
    this.signal = signal;
  }

  get requested(): boolean {
    return this.signal?.aborted === true;
  }

  /** Errors: `aborted`, saying that `what` was stopped. */
  throwIfRequested(what: string): void {
    if (this.requested) throw new AutomodelError('aborted', `${what} was stopped`);
  }
}
