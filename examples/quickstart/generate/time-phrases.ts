/**
 * Spoken times, durations and currencies together with the normal form that a function call carries
 * ("half past seven in the evening" is "19:30", "an hour and a half" is 90 minutes, "euros" is
 * "EUR").
 */
import type { Random } from './random.js';

/** A phrase as people say it and the value it stands for. */
export interface Phrase<T> {
  readonly said: string;
  readonly value: T;
}

const hourNames = [
  'twelve',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
] as const;

const pad = (value: number): string => String(value).padStart(2, '0');

function partOfDay(hour: number): string {
  if (hour < 12) return 'in the morning';
  return hour < 18 ? 'in the afternoon' : 'in the evening';
}

/** A time of day between 5:00 and 23:55; the value is `HH:MM`. */
export function timePhrase(random: Random): Phrase<string> {
  const hour = random.integer(5, 23);
  const minute = random.pick([0, 0, 0, 15, 30, 30, 45, random.integer(1, 11) * 5]);
  const value = `${pad(hour)}:${pad(minute)}`;
  const clockHour = hour % 12 === 0 ? 12 : hour % 12;
  const half = hour < 12 ? 'am' : 'pm';
  const style = random.integer(0, 3);
  if (style === 0) return { said: value, value };
  const inWords = `${hourNames[hour % 12] ?? ''} ${partOfDay(hour)}`;
  if (style === 1 && minute === 0) return { said: inWords, value };
  if (style === 1 && minute === 30) return { said: `half past ${inWords}`, value };
  if (style === 1 && minute === 15) return { said: `quarter past ${inWords}`, value };
  if (minute === 0) return { said: `${clockHour} ${half}`, value };
  return { said: `${clockHour}:${pad(minute)} ${half}`, value };
}

const namedDurations: readonly Phrase<number>[] = [
  { said: 'half an hour', value: 30 },
  { said: 'an hour', value: 60 },
  { said: 'one hour', value: 60 },
  { said: 'an hour and a half', value: 90 },
  { said: 'two hours', value: 120 },
  { said: 'three hours', value: 180 },
  { said: 'a quarter of an hour', value: 15 },
  { said: 'five minutes', value: 5 },
  { said: 'ten minutes', value: 10 },
  { said: 'twenty minutes', value: 20 },
];

/** A duration from one minute to three hours; the value is minutes. */
export function durationPhrase(random: Random): Phrase<number> {
  if (random.chance(0.25)) return random.pick(namedDurations);
  const minutes = random.chance(0.5) ? random.integer(1, 12) * 5 : random.integer(2, 99);
  return { said: `${minutes} minutes`, value: minutes };
}

const currencies: readonly Phrase<string>[] = [
  { said: 'euros', value: 'EUR' },
  { said: 'dollars', value: 'USD' },
  { said: 'pounds', value: 'GBP' },
  { said: 'yen', value: 'JPY' },
  { said: 'francs', value: 'CHF' },
  { said: 'rupees', value: 'INR' },
  { said: 'pesos', value: 'MXN' },
  { said: 'crowns', value: 'SEK' },
];

/** Two different currencies; the values are ISO 4217 codes. */
export function currencyPair(random: Random): readonly [Phrase<string>, Phrase<string>] {
  const [from, to] = random.shuffle(currencies);
  if (from === undefined || to === undefined)
    throw new RangeError('currencyPair: fewer than two currencies');
  return [from, to];
}

/** Every currency, for the sentences that teach the codes. */
export const currencyNames: readonly Phrase<string>[] = currencies;
