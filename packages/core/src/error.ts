// The one error class of the project. An error says what is wrong in one line, where, and what to
// do; apps print it without a stack trace.

/** What went wrong, as a stable word that programs can test. */
export type ErrorCode =
  | 'bad-argument'
  | 'bad-config'
  | 'bad-recipe'
  | 'bad-data'
  | 'bad-file'
  | 'bad-graph'
  | 'bad-plan'
  | 'bad-shape'
  | 'missing-file'
  | 'missing-plugin'
  | 'missing-parameter'
  | 'missing-kernel'
  | 'missing-tokenizer'
  | 'unsupported'
  | 'conflict'
  | 'aborted'
  | 'out-of-memory'
  | 'not-finite'
  | 'io'
  | 'network'
  | 'internal';

/**
 * Further facts of an error: `location` (file:line:column, row, node and scope), `hint` (what to
 * do), `cause`.
 */
export interface ErrorDetails {
  readonly location?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** Messages may quote parsers and files, line ends and all. */
const oneLine = (text: string): string =>
  CONTROL.test(text)
    ? Array.from(text, (character) =>
        character < ' ' ? JSON.stringify(character).slice(1, -1) : character,
      ).join('')
    : text;
const CONTROL = /[\u0000-\u001f]/;

/** An error a user can act on: `message` is one line, `hint` says what to do. */
export class AutomodelError extends Error {
  override readonly name = 'AutomodelError';
  readonly code: ErrorCode;
  readonly location: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(
      oneLine(details.location === undefined ? message : `${details.location}: ${message}`),
      details.cause === undefined ? {} : { cause: details.cause },
    );
    this.code = code;
    this.location = details.location;
    this.hint = details.hint;
  }
  /** This error with a place and a hint where it has none of its own. */
  with({
    location = this.location,
    hint,
  }: Pick<ErrorDetails, 'location' | 'hint'>): AutomodelError {
    const text =
      this.location === undefined ? this.message : this.message.slice(this.location.length + 2);
    return new AutomodelError(this.code, text, {
      location: this.location ?? location,
      hint: this.hint ?? hint,
      cause: this,
    });
  }
}
