import { expect, test } from 'vitest';
import { formatDuration, numberText } from '../src/format/units.js';

test('durations have the unit that fits, and no 60 seconds', () => {
  const seconds = [0, 0.00123, 0.0123, 0.0999, 0.5, 9.94, 9.97, 59.6, 125, 3599.7, 7384, Infinity];
  expect(seconds.map(formatDuration)).toEqual([
    '0.0 s',
    '1.2 ms',
    '12 ms',
    '100 ms',
    '0.5 s',
    '9.9 s',
    '10 s',
    '1 min 00 s',
    '2 min 05 s',
    '1 h 00 min',
    '2 h 03 min',
    '?',
  ]);
});

test('numbers have four digits, and large ones no exponent', () => {
  expect([0.21304, 4e-5, 1, 9999.4, 12_860.3].map(numberText)).toEqual([
    '0.2130',
    '4.00e-5',
    '1.000',
    '9999',
    '12860',
  ]);
});
