// What can be said of rows that a report counts, by name: what happened to them, and what of them
// is not trained or not written. The one list of these names.

/** Each may be true of a row. */
export const TALLIES = [
  /** Cut to the longest length, because it is longer. */
  'truncated',
  /** Cut into several samples, because it is longer. */
  'split',
  /** Left out, because it is longer. Mapped columns and SQuAD: or because nothing is trained. */
  'dropped',
  /** Its end (end-of-turn token, eos) is not trained: a model trained on it may not stop. */
  'withoutEndOfTurn',
  /** The template leaves out reasoning of some of its messages. */
  'withoutReasoning',
  /** The template leaves out some of its tool calls. */
  'withoutCalls',
  /** The template marks what is trained, and not all answers that should be. */
  'withoutMarks',
  /** A message that is not the assistant's is marked as trained. */
  'markedInVain',
  /** A text of it spells a special token, which becomes that token. */
  'spellsSpecialToken',
] as const;

export type TallyName = (typeof TALLIES)[number];

/** A value for each name. */
export function eachTally<T>(of: (name: TallyName) => T): Record<TallyName, T> {
  return Object.fromEntries(TALLIES.map((name) => [name, of(name)])) as Record<TallyName, T>;
}

/** How many rows of a tally are named. */
export const NAMED_ROWS = 8;

/** A count of rows, the first of them, and the tokens they lost. */
export interface RowTally {
  readonly count: number;
  readonly tokens: number;
  readonly first: readonly number[];
}

/** Counts rows. */
export class Tally {
  #count = 0;
  #tokens = 0;
  readonly #first: number[] = [];

  add(row: number, tokens = 0): void {
    this.#count++;
    this.#tokens += tokens;
    if (this.#first.length < NAMED_ROWS) this.#first.push(row);
  }

  total(): RowTally {
    return { count: this.#count, tokens: this.#tokens, first: this.#first };
  }
}
