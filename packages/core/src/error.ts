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
 * do), `cause`. `kind`: what errors have in common that say the same of other things; default: what
 * is said, without numbers and quoted texts.
 */
export interface ErrorDetails {
  readonly location?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  readonly kind?: string | undefined;
}

/** Messages may quote parsers and files, line ends and all. */
const oneLine = (text: string): string =>
  text.replace(/[\u0000-\u001f]/g, (character) =>
    /[\t\n\r]/.test(character)
      ? JSON.stringify(character).slice(1, -1)
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );

/** Quoted texts and lists of them, and numbers. */
const PARTICULARS = /("(?:[^"\\]|\\.)*")(?:, "(?:[^"\\]|\\.)*")*|\d+(?:\.\d+)?/g;

/** An error a user can act on: `message` is one line, `hint` says what to do. */
export class AutomodelError extends Error {
  override readonly name = 'AutomodelError';
  readonly code: ErrorCode;
  readonly location: string | undefined;
  readonly hint: string | undefined;
  /** `message` without the location. */
  readonly said: string;
  readonly #kind: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(
      oneLine(details.location === undefined ? message : `${details.location}: ${message}`),
      details.cause === undefined ? {} : { cause: details.cause },
    );
    this.code = code;
    this.location = details.location;
    this.hint = details.hint;
    this.said = oneLine(message);
    this.#kind = details.kind;
  }

  /** The same for errors that say the same of other things. */
  get kind(): string {
    return (
      this.#kind ??
      this.said.replace(PARTICULARS, (_, quoted: string | undefined) =>
        quoted === undefined ? '0' : '""',
      )
    );
  }

  /** This error with a place and a hint where it has none of its own. */
  with({
    location = this.location,
    hint,
  }: Pick<ErrorDetails, 'location' | 'hint'>): AutomodelError {
    return new AutomodelError(this.code, this.said, {
      location: this.location ?? location,
      hint: this.hint ?? hint,
      cause: this,
      kind: this.#kind,
    });
  }
}
