// What a rendering may take. A template comes from a model folder, that is from anybody, and runs
// in the calling thread: work, text and depth are counted, not timed, so that the same template
// ends the same way on every machine (decision 0010).

export interface Limits {
  /** Nodes evaluated, each with a share of the size of its value. */
  readonly work: number;
  /** UTF-16 units of any text, the result included. */
  readonly characters: number;
}

/** For a template that is given little: a caller who gives it more lets limits grow with that. */
export const DEFAULT_LIMITS: Limits = { work: 2_000_000, characters: 8_000_000 };

/** Units of text that count as one step. */
export const CHARACTERS_PER_STEP = 16;
/** Items of lists that count as one step. */
export const ITEMS_PER_STEP = 1;
/** Levels of nodes, of calls and of values within each other: what the stack has room for. */
export const DEEPEST = 1_500;
/** Items of one range(), as in Jinja's sandbox. */
export const LONGEST_RANGE = 100_000;
/** Digits of a whole number that Python prints or reads. */
export const MOST_DIGITS = 4_300;
/** Bits of a whole number. */
export const MOST_BITS = 1 << 18;
/** Levels of one source: brackets, operators and statements within each other. */
export const DEEPEST_SOURCE = 190;
/** Statements within each other, as far as Python can indent. */
export const DEEPEST_STATEMENT = 98;
/** Loops within each other in one function, as far as Python goes. */
export const DEEPEST_LOOP = 20;
