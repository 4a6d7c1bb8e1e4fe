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
  readonly isTerminal: boolean;
  /** A terminal on which lines may be drawn again; false with TERM=dumb or NO_COLOR. */
  readonly isRedrawn: boolean;
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

/** What streams need of the process. */
export interface ProcessOutput {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

type OutputStream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;

const isDumb = ({ TERM }: ProcessOutput['env']): boolean => TERM === 'dumb';
const isColorless = ({ NO_COLOR }: ProcessOutput['env']): boolean => (NO_COLOR ?? '') !== '';

const streamOf = (stream: OutputStream, env: ProcessOutput['env']): TextStream => ({
  write: (text) => void stream.write(shownText(text)),
  writeExact: (text) => void stream.write(text),
  get isTerminal() {
    return stream.isTTY === true;
  },
  get isRedrawn() {
    return stream.isTTY === true && !isDumb(env) && !isColorless(env);
  },
  get columns() {
    return stream.columns || 100; // a terminal of unknown size says 0
  },
});

/** The process's own streams; NO_COLOR, FORCE_COLOR and TERM=dumb are honoured. */
export function processStreams({ stdout, stderr, env }: ProcessOutput = process): Streams {
  const { FORCE_COLOR = '' } = env;
  const forced = FORCE_COLOR !== '0' && FORCE_COLOR !== '';
  return {
    out: streamOf(stdout, env),
    err: streamOf(stderr, env),
    color: !isColorless(env) && (forced || (stderr.isTTY === true && !isDumb(env))),
  };
}
