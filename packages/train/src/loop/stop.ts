// Whether somebody wants the work to end. Loops ask it between steps; what they call gets the
// signal, so that one word is heard everywhere.
import { AutomodelError } from '@automodel/core';

export class Stop {
  /** Undefined: nobody can ask. */
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
