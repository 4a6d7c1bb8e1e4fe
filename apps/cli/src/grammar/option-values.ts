// Readers of option values: a number out of range is the user's mistake and says so by the option's
// name.
import type { Memory } from '@automodel/distributed';
import type { ColumnPair } from '@automodel/run';
import { InvalidArgumentError } from 'commander';

/** A whole number of at least `minimum`. */
export const wholeNumber =
  (minimum: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < minimum)
      throw new InvalidArgumentError(`It must be a whole number of at least ${minimum}.`);
    return value;
  };

/** The number of a port. */
export function portNumber(text: string): number {
  const port = wholeNumber(1)(text);
  if (port > 65_535) throw new InvalidArgumentError('It must be a port: at most 65535.');
  return port;
}

/** A number from `minimum` to `maximum`. */
export const number = (minimum: number, maximum = Infinity) => {
  const range = maximum === Infinity ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= minimum && value <= maximum))
      throw new InvalidArgumentError(`It must be a number ${range}.`);
    return value;
  };
};

/** `QUESTION,ANSWER`: two names of columns. */
export function columnPair(text: string): ColumnPair {
  const [prompt, completion, ...more] = text.split(',').map((name) => name.trim());
  if (!prompt || !completion || more.length > 0)
    throw new InvalidArgumentError(
      'It must be two names of columns with a comma between them: QUESTION,ANSWER.',
    );
  return { prompt, completion };
}

/** `64G`: memory in binary units. */
export function memorySize(text: string): Memory {
  const [, amount, unit] = /^([1-9]\d{0,8})([MGT])$/.exec(text) ?? [];
  if (amount === undefined)
    throw new InvalidArgumentError('It must be a whole number with M, G or T: 64G.');
  return { amount: Number(amount), unit: unit as Memory['unit'] };
}

/** A time limit as Slurm writes it: minutes, `h:mm:ss`, `days-hours`... */
export function slurmTime(text: string): string {
  if (!/^(\d+|\d+:\d\d(:\d\d)?|\d+-\d+(:\d\d){0,2})$/.test(text))
    throw new InvalidArgumentError('It must be a time: minutes, 4:00:00 or 1-12:00:00.');
  return text;
}
