// The live line at the bottom of a terminal; in a log (no terminal) the same text as plain lines,
// fewer of them.
import type { TextStream } from './streams.js';

/** Takes back what the line shows. */
const CLEARED = '\r\u001b[2K';

/** Milliseconds between two progress lines in a log; the last one is always written. */
const LOG_INTERVAL = 30_000;

export class ProgressLine {
  readonly #stream: TextStream;
  readonly #now: () => number;
  #shown = false;
  #pending: string | undefined;
  #lastLogged = -Infinity;

  constructor(stream: TextStream, now: () => number = Date.now) {
    this.#stream = stream;
    this.#now = now;
  }

  /** Shows `text` as the current state. */
  update(text: string): void {
    if (this.#stream.isTerminal) {
      this.#stream.writeExact(CLEARED);
      this.#stream.write(text.slice(0, Math.max(20, this.#stream.columns - 1)));
      this.#shown = true;
      return;
    }
    this.#pending = text;
    if (this.#now() - this.#lastLogged >= LOG_INTERVAL) this.#flush();
  }

  /** Writes a lasting line: on a terminal in place of the progress line, in a log after it. */
  print(text: string): void {
    if (this.#shown) this.#stream.writeExact(CLEARED);
    else this.#flush();
    this.#shown = false;
    this.#stream.write(`${text}\n`);
  }

  /** Ends the line, keeping what it shows. */
  finish(): void {
    if (this.#stream.isTerminal && this.#shown) this.#stream.write('\n');
    else this.#flush();
    this.#shown = false;
  }

  #flush(): void {
    if (this.#pending === undefined) return;
    this.#stream.write(`${this.#pending}\n`);
    this.#lastLogged = this.#now();
    this.#pending = undefined;
  }
}
