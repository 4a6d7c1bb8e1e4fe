// The live line at the bottom of a terminal; in a log, and on a terminal that wants plain lines,
// the same as lines of their own, fewer of them. It is never silent for long: what goes on is said
// with the seconds that it has taken.
import { barLine, plainLine, type Progress } from './progress-bar.js';
import type { Streams, TextStream } from './streams.js';
import { style } from './style.js';

/** Milliseconds between two lines in a log; the last one is always written. */
const LOG_INTERVAL = 10_000;
/** A log names what takes less than this only afterwards, by its result. */
const SHORT = 2_000;
/** After this long without news, a terminal shows what goes on instead of the last news. */
const STALE = 3_000;
const TICK = 1_000;

const CLEAR = '\r\u001b[2K';

/** Something that goes on without news. */
interface Phase {
  readonly text: string;
  readonly since: number;
}

export class ProgressLine {
  readonly #stream: TextStream;
  readonly #now: () => number;
  readonly #color: boolean;
  #shown = false;
  #pending: Progress | undefined;
  #phase: Phase | undefined;
  /** The last progress in a log, and the last line of any kind. */
  #lastLogged = -Infinity;
  #lastWritten = -Infinity;
  #lastNews = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: TextStream, now: () => number = Date.now, color = false) {
    this.#stream = stream;
    this.#now = now;
    this.#color = color;
  }

  /** Says what goes on from now, until `finish`, another `begin` or other news. */
  begin(text: string): void {
    this.#flush();
    if (this.#lastWritten === -Infinity) this.#lastWritten = this.#now();
    this.#phase = { text, since: this.#now() };
    this.#lastNews = -Infinity;
    this.#start();
    if (this.#stream.isRedrawn) this.#draw({ parts: [text] });
  }

  /** Shows the current state. `within`: it is news of what goes on, which comes back after it. */
  update(state: string | Progress, within = false): void {
    const progress = typeof state === 'string' ? { parts: [state] } : state;
    this.#lastNews = this.#now();
    if (!within) this.#phase = undefined;
    this.#start();
    if (this.#stream.isRedrawn) return this.#draw(progress);
    this.#pending = progress;
    if (this.#lastNews - this.#lastLogged >= LOG_INTERVAL) this.#flush();
  }

  /** Writes a lasting line: on a terminal in place of the progress line, in a log after it. */
  print(text: string): void {
    this.#clear();
    this.#stream.write(`${text}\n`);
    this.#lastWritten = this.#now();
  }

  /** Ends the line, keeping what it shows. */
  finish(): void {
    this.#stop();
    if (this.#stream.isRedrawn && this.#shown && this.#phase === undefined) {
      this.#stream.write('\n');
      this.#shown = false;
    } else this.#clear();
    this.#phase = undefined;
  }

  /** Ends news that are complete: they stay to be read, unless something else goes on. */
  settle(): void {
    if (this.#phase === undefined) this.finish();
    else this.#flush();
  }

  /** Called every second while something goes on. */
  tick(): void {
    const now = this.#now();
    const phase = this.#phase;
    const elapsed = (since: number): string => `${Math.floor((now - since) / 1000)} s`;
    if (this.#stream.isRedrawn) {
      if (phase !== undefined && now - this.#lastNews >= STALE)
        this.#draw({ parts: [phase.text], left: elapsed(phase.since) });
      return;
    }
    const isSilent = now - this.#lastWritten >= LOG_INTERVAL;
    const isNew = phase !== undefined && this.#lastWritten <= phase.since;
    if (isSilent && this.#pending !== undefined) return this.#flush();
    if (phase !== undefined && (isSilent || (isNew && now - phase.since >= SHORT)))
      this.#write(`${phase.text} · ${elapsed(phase.since)}`);
    else if (isSilent && this.#lastNews > -Infinity)
      this.#write(`still working, ${elapsed(this.#lastNews)} since the last line of progress`);
  }

  #start(): void {
    this.#timer ??= setInterval(() => this.tick(), TICK).unref();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #draw(progress: Progress): void {
    const line = barLine(progress, Math.max(1, this.#stream.columns), style(this.#color));
    this.#stream.writeExact(CLEAR);
    this.#stream.write(line);
    this.#shown = true;
  }

  /** Makes room for a lasting line. */
  #clear(): void {
    if (this.#shown) this.#stream.writeExact(CLEAR);
    else this.#flush();
    this.#shown = false;
  }

  #flush(): void {
    if (this.#pending === undefined) return;
    this.#write(plainLine(this.#pending));
    this.#pending = undefined;
  }

  #write(text: string): void {
    this.#stream.write(`${text}\n`);
    this.#lastLogged = this.#now();
    this.#lastWritten = this.#lastLogged;
  }
}

const lines = new WeakMap<TextStream, ProgressLine>();

/** The one progress line of a terminal or log: two would draw over each other. */
export function progressOf({ err, color }: Streams): ProgressLine {
  const line = lines.get(err) ?? new ProgressLine(err, Date.now, color);
  lines.set(err, line);
  return line;
}

/** What `work` gives; `text` is shown while it goes on, and nothing of it after that. */
export async function during<T>(
  streams: Streams,
  text: string,
  work: () => Promise<T>,
): Promise<T> {
  const line = progressOf(streams);
  line.begin(text);
  try {
    return await work();
  } finally {
    line.finish();
  }
}
