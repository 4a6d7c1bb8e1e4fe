import { expect, test } from 'vitest';
import { formatDuration } from '@automodel/report';

test('durations have the unit that fits, and no 60 seconds', () => {
  const seconds = [0, 0.0123, 0.5, 9.94, 9.97, 59.6, 125, 3599.7, 7384, Infinity];
  expect(seconds.map(formatDuration)).toEqual([
    '0.0 s',
    '12 ms',
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
