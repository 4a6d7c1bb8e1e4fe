// Time for the regular expressions of strangers. The engine goes back and forth over a text for as
// long as an expression makes it; a script of node:vm can be stopped there, in the same thread.
// That costs some 60 microseconds a call, so callers hand over all their texts at once.
import { createContext, Script, type Context } from 'node:vm';

/** Milliseconds for matching, and what each character of text adds: a second for each million. */
const MILLISECONDS = 500;
const MILLISECONDS_PER_CHARACTER = 1e-3;

/** Says why matching was given up; whoever knows the file turns it into an error with a place. */
export class MatchingStopped extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MatchingStopped';
  }
}

const script = new Script('match()');
let shared: Context | undefined;

/** The time that one expression may still use: what is not used does not add up. */
export class MatchingBudget {
  readonly #most: number;
  readonly #perCharacter: number;
  #left: number;

  /** `milliseconds`: for short texts together; `perCharacter`: what each character adds to them. */
  constructor(milliseconds = MILLISECONDS, perCharacter = MILLISECONDS_PER_CHARACTER) {
    this.#most = milliseconds;
    this.#perCharacter = perCharacter;
    this.#left = milliseconds;
  }

  /**
   * The result of `match`, which matches texts of so many characters. It must not change anything:
   * it is run again where the machine was busy with something else. Errors: `MatchingStopped`.
   */
  run<T>(characters: number, match: () => T): T {
    const allowed = this.#left + characters * this.#perCharacter;
    let left = allowed;
    let spent = stopwatch();
    const measured = (): T => {
      spent = stopwatch(); // without the call itself
      const result = match();
      left -= spent();
      return result;
    };
    try {
      for (;;) {
        try {
          return runStoppable(measured, Math.max(1, Math.ceil(left)));
        } catch (cause) {
          left -= spent();
          if (!isTimeout(cause) || left < 1) throw stopped(cause, allowed, characters);
        }
      }
    } finally {
      this.#left = Math.min(this.#most, Math.max(0, left));
    }
  }
}

/** Milliseconds of work since now: waiting for a processor is none. */
function stopwatch(): () => number {
  const [start, used] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(used);
    return Math.min(performance.now() - start, (user + system) / 1000);
  };
}

function runStoppable<T>(work: () => T, timeout: number): T {
  shared ??= createContext({});
  const outer: unknown = shared['match'];
  shared['match'] = work;
  try {
    return script.runInContext(shared, { timeout }) as T;
  } finally {
    shared['match'] = outer;
  }
}

const isTimeout = (cause: unknown): boolean =>
  (cause as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/** The engine also gives up by itself, where an expression needs too much memory. */
function stopped(cause: unknown, allowed: number, characters: number): unknown {
  if (isTimeout(cause))
    return new MatchingStopped(
      `was stopped after ${(allowed / 1000).toFixed(1)} s on ${characters} characters of text`,
    );
  // Not by its class: an error of the script is one of another realm.
  const { name } = cause as Error;
  return name === 'RangeError' || name === 'SyntaxError'
    ? new MatchingStopped('needs more memory than a regular expression may')
    : cause;
}
