// What signals mean to a command. The first one lets it end after what it is doing. A second Ctrl-C
// or SIGTERM ends the process at once; a SIGHUP never does, because a terminal that closes sends
// several, and some systems send SIGTERM with it.

/** Signals that end a command. */
export type StopSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

/** What is to be done about a signal. */
export type Reaction = 'stop' | 'end-at-once' | 'nothing';

export class StopSignals {
  #isStopped = false;
  #asked = 0;

  handle(signal: StopSignal): Reaction {
    const isFirst = !this.#isStopped;
    this.#isStopped = true;
    if (signal !== 'SIGHUP') this.#asked += 1;
    if (this.#asked > 1 && signal !== 'SIGHUP') return 'end-at-once';
    return isFirst ? 'stop' : 'nothing';
  }
}
