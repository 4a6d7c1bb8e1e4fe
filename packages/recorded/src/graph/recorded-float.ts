// Numbers of graph.json as they were written: a float stays apart from an integer until it is an
// operand or an attribute.

/** A number that was written with a point or an exponent. */
export class RecordedFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

const WORDS: ReadonlyMap<unknown, number> = new Map([
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['NaN', NaN],
]);

/** The float that a word stands for, which JSON has no number for. */
export const wordOf = (value: unknown): number | undefined => WORDS.get(value);
