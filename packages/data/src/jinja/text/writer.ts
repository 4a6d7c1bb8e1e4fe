// Where a template writes to: the result, or what a macro or block keeps. Text without origin gets
// that of the loop turn it is written in.
import { fillChunks } from './join.js';
import type { Chunk, Recording } from './operation.js';
import type { Str } from './text.js';

export class Writer {
  readonly #chunks: Chunk[] = [];
  #last: Chunk | undefined;

  write(text: Str, filled: Chunk['filled']): void {
    if (typeof text === 'string') {
      if (text === '') return;
      const last = this.#last;
      if (last !== undefined && last.filled === filled) {
        last.text = (last.text as string) + text;
        return;
      }
      this.#last = { text, filled };
      this.#chunks.push(this.#last);
    } else {
      this.#last = undefined;
      this.#chunks.push({ text, filled });
    }
  }

  /** All that was written. */
  finish(run: Recording): Str {
    const { recorder } = run;
    if (recorder !== undefined) return recorder.written(this.#chunks);
    const only = this.#chunks[0];
    if (only === undefined) return '';
    const { origin, mark } = only.filled;
    if (this.#chunks.length === 1 && origin === undefined && mark === undefined) return only.text;
    return fillChunks(this.#chunks);
  }
}
