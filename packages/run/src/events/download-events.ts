// Merges the progress of downloads from the hub into the events of a run, which itself waits for
// them. Only the latest progress is kept: a slow listener misses some and never gets old ones.
import type { DownloadProgress } from '@automodel/hub';
import type { RunEvent } from './run-events.js';

export class DownloadEvents {
  #progress: DownloadProgress | undefined;
  #notes: string[] = [];
  #wake: () => void = () => undefined;

  progress(progress: DownloadProgress): void {
    this.#progress = progress;
    this.#wake();
  }

  note(text: string): void {
    this.#notes.push(text);
    this.#wake();
  }

  /** `events`, with downloads and notes as they come. */
  async *among(
    events: AsyncGenerator<RunEvent, void, undefined>,
  ): AsyncGenerator<RunEvent, void, undefined> {
    try {
      for (let next = events.next(); ;) {
        const woken = new Promise<undefined>((wake) => (this.#wake = () => wake(undefined)));
        const first = this.#isEmpty ? await Promise.race([next, woken]) : undefined;
        yield* this.#take();
        if (first === undefined) continue;
        if (first.done === true) return;
        yield first.value;
        next = events.next();
      }
    } finally {
      await events.return();
    }
  }

  get #isEmpty(): boolean {
    return this.#progress === undefined && this.#notes.length === 0;
  }

  *#take(): Generator<RunEvent, void, undefined> {
    const [progress, notes] = [this.#progress, this.#notes];
    [this.#progress, this.#notes] = [undefined, []];
    if (progress !== undefined) yield { type: 'download', ...progress };
    for (const text of notes) yield { type: 'hub-note', text };
  }
}
