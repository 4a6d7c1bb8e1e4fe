// What signals mean to a command. The first one lets it end after what it is doing. A second Ctrl-C
// or SIGTERM ends the process at once; a SIGHUP never does, because a terminal that closes sends
// several, and some systems send SIGTERM with it. For a command that goes on until it is told to
// stop, the first one is its end and interrupts nothing.

/** Signals that end a command. */
export type StopSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

/** What is to be done about a signal. */
export type Reaction = 'stop' | 'end' | 'end-at-once' | 'nothing';

export class StopSignals {
  #isStopped = false;
  #isExpected = false;
  #asked = 0;

  /** The command ends by a signal and by nothing else. */
  expect(): void {
    this.#isExpected = true;
  }

  handle(signal: StopSignal): Reaction {
    const isFirst = !this.#isStopped;
    this.#isStopped = true;
    if (signal !== 'SIGHUP') this.#asked += 1;
    if (this.#asked > 1 && signal !== 'SIGHUP') return 'end-at-once';
    if (!isFirst) return 'nothing';
    return this.#isExpected ? 'end' : 'stop';
  }
}
