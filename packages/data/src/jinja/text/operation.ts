// The one place where work on texts is recorded. Everything that reads characters is declared here:
// an operation makes texts of texts, a question makes anything else of them. Both are pure
// functions of concrete texts. Called with a run that records (trace/recorder.ts), an operation is
// noted and a question becomes a condition of the trace; else they are just called.
import { CHARACTERS_PER_STEP } from '../failures/limits.js';
import { Text, type Str } from './text.js';

/** What a question answers: something that can be compared with `Object.is`. */
export type Answer = string | number | bigint | boolean | undefined;

/** Notes what happens to texts. */
export interface Recorder {
  /** The result of an operation. */
  operate<A extends readonly unknown[], R extends Str | readonly Str[]>(
    apply: (...operands: A) => R,
    operands: A,
  ): R;
  /** The answer to a question. */
  answer<A extends readonly unknown[], R extends Answer>(
    apply: (...operands: A) => R,
    operands: A,
  ): R;
  /** Texts one after the other. */
  join(parts: readonly Str[]): Str;
  /** What was written, piece by piece. */
  written(chunks: readonly Chunk[]): Str;
  /** Something outside that may answer otherwise another time, such as the clock. */
  external(ask: () => string): string;
}

/**
 * A text as it was written: `filled` is for characters that have no origin and mark of their own.
 */
export interface Chunk {
  text: Str;
  readonly filled: Pick<Text, 'origin' | 'mark'>;
}

/** What operations and questions are called with. */
export interface Recording {
  readonly recorder: Recorder | undefined;
  /** Counts work. */
  spend(steps: number): void;
}

/** Declares an operation: texts, and plain values beside them, to a text or a list of texts. */
export function textOperation<A extends readonly unknown[], R extends Str | readonly Str[]>(
  apply: (...operands: A) => R,
): (run: Recording, ...operands: A) => R {
  return (run, ...operands) => {
    spendOn(run, operands[0]);
    return run.recorder === undefined ? apply(...operands) : run.recorder.operate(apply, operands);
  };
}

/** Declares a question: texts, and plain values beside them, to something that is no text. */
export function question<A extends readonly unknown[], R extends Answer>(
  apply: (...operands: A) => R,
): (run: Recording, ...operands: A) => R {
  return (run, ...operands) => {
    spendOn(run, operands[0]);
    return run.recorder === undefined ? apply(...operands) : run.recorder.answer(apply, operands);
  };
}

/** Counts the text that is worked on. */
function spendOn(run: Recording, operand: unknown): void {
  if (typeof operand === 'string') run.spend(operand.length / CHARACTERS_PER_STEP);
  else if (operand instanceof Text) run.spend(operand.text.length / CHARACTERS_PER_STEP);
}
