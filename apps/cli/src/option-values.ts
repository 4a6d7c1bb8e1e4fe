// Readers of option values: a number out of range is the user's mistake and says so by the option's
// name.
import { InvalidArgumentError } from 'commander';

/** A whole number of at least `least`. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
    return value;
  };

/** A number from `least` to `most`. */
export const number =
  (least: number, most = Infinity) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most))
      throw new InvalidArgumentError(
        'It must be a number ' +
          `${most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`}.`,
      );
    return value;
  };

/** The columns of a data file that hold the question and its answer. */
export interface ColumnPair {
  readonly prompt: string;
  readonly completion: string;
}

/** `QUESTION,ANSWER`: two names of columns. */
export function columnPair(text: string): ColumnPair {
  const [prompt, completion, ...more] = text.split(',').map((name) => name.trim());
  if (!prompt || !completion || more.length > 0)
    throw new InvalidArgumentError(
      'It must be two names of columns with a comma between them: QUESTION,ANSWER.',
    );
  return { prompt, completion };
}

/** Collects an option that may be given more than once. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];
