// Where the command line writes: results to `out`, progress to `err`. Commands get these instead of
// the process, so that tests can read what users see.
import { visibleText } from '@automodel/contracts';
import { obeyedStyles } from './style.js';

/** One output stream. */
export interface TextStream {
  /** For a person: control characters are written out, styles are obeyed. */
  write(text: string): void;
  /** As it is, for a program. */
  writeExact(text: string): void;
  /** A terminal on which lines may be redrawn; false for TERM=dumb. */
  readonly isTerminal: boolean;
  readonly columns: number;
}

/** Results and progress. */
export interface Streams {
  readonly out: TextStream;
  readonly err: TextStream;
  /** ANSI colours may be used. */
  readonly color: boolean;
}

/** What `TextStream.write` makes of a text. */
export const shownText = (text: string): string => obeyedStyles(visibleText(text));

/** Writes what a model says: exactly, unless a terminal would obey it. */
export function writeAnswer(stream: TextStream, text: string): void {
  if (stream.isTerminal) stream.write(text);
  else stream.writeExact(text);
}

const streamOf = (stream: NodeJS.WriteStream): TextStream => ({
  write: (text) => void stream.write(shownText(text)),
  writeExact: (text) => void stream.write(text),
  get isTerminal() {
    return stream.isTTY === true && process.env['TERM'] !== 'dumb';
  },
  get columns() {
    return stream.columns || 100; // a terminal of unknown size says 0
  },
});

/** The process's own streams; NO_COLOR and FORCE_COLOR are honoured. */
export function processStreams(): Streams {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== '0' && FORCE_COLOR !== '';
  return {
    out: streamOf(process.stdout),
    err: streamOf(process.stderr),
    color:
      (NO_COLOR ?? '') === '' && (forced || (process.stderr.isTTY === true && TERM !== 'dumb')),
  };
}
