// What a template has written: the text, where its pieces come from, and what `{% generation %}`
// marked.
import { continues } from './text/origins.js';
import type { Generation, Segment } from './text/text.js';

/** Characters of one origin; no origin where the template wrote them outside of any turn. */
export type Piece = Pick<Segment, 'text' | 'origin'>;

/** What one run of a `{% generation %}` block wrote. */
export interface Mark {
  /** Where it begins and ends in the text, as `String.slice` counts. */
  readonly start: number;
  readonly end: number;
  /** The source of the loop turn that the block ran in. */
  readonly source?: number;
}

export interface Rendering {
  readonly text: string;
  /** The text in pieces; two that stand side by side differ in origin. */
  readonly pieces: readonly Piece[];
  readonly marks: readonly Mark[];
}

/** Puts a rendering together, segment by segment. */
export class RenderingBuilder {
  readonly #pieces: Piece[] = [];
  readonly #marks: Mark[] = [];
  #text = '';
  #open: { readonly mark: Generation; readonly start: number } | undefined;

  add({ text, origin, mark }: Segment): void {
    if (text === '') return;
    if (this.#open?.mark !== mark) {
      this.#close();
      this.#open = mark === undefined ? undefined : { mark, start: this.#text.length };
    }
    this.#text += text;
    const last = this.#pieces.at(-1);
    if (last === undefined || !continues(last.origin, last.text.length, origin))
      this.#pieces.push({ text, origin });
    else this.#pieces[this.#pieces.length - 1] = { text: last.text + text, origin: last.origin };
  }

  #close(): void {
    if (this.#open === undefined) return;
    const { mark, start } = this.#open;
    const end = this.#text.length;
    this.#marks.push(
      mark.source === undefined ? { start, end } : { start, end, source: mark.source },
    );
  }

  finish(): Rendering {
    this.#close();
    this.#open = undefined;
    return { text: this.#text, pieces: this.#pieces, marks: this.#marks };
  }
}
