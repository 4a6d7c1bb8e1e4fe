// The part of Python's strftime that chat templates use, in the C locale and local time, so that a
// template renders the same text on every machine.
// Source: the format codes of Python's datetime documentation. Codes outside this list are refused,
// never left in the text.
import { AutomodelError } from '@automodel/core';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const FORMATS: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getFullYear()),
  y: (date) => padded(date.getFullYear() % 100),
  m: (date) => padded(date.getMonth() + 1),
  d: (date) => padded(date.getDate()),
  H: (date) => padded(date.getHours()),
  I: (date) => padded(date.getHours() % 12 || 12),
  M: (date) => padded(date.getMinutes()),
  S: (date) => padded(date.getSeconds()),
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  B: (date) => monthOf(date),
  b: (date) => monthOf(date).slice(0, 3),
  A: (date) => dayOf(date),
  a: (date) => dayOf(date).slice(0, 3),
  '%': () => '%',
};

/**
 * Formats `date` like Python's `date.strftime(format)`. Errors: `unsupported` for a code that is
 * not known here.
 */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?)(.)/gs, (code: string, unpadded: string, letter: string) => {
    const text = FORMATS[letter]?.(date);
    if (text === undefined)
      throw new AutomodelError(
        'unsupported',
        `strftime_now: the format code "${code}" is not supported`,
      );
    return unpadded === '-' ? text.replace(/^0+(?=.)/, '') : text;
  });
}

function padded(value: number): string {
  return String(value).padStart(2, '0');
}

function monthOf(date: Date): string {
  return MONTHS[date.getMonth()] ?? '';
}

function dayOf(date: Date): string {
  return DAYS[date.getDay()] ?? '';
}
