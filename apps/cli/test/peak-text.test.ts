import { expect, test } from 'vitest';
import { peakText } from '../src/render/peak-text.js';

test('the peak stands beside its plan', () => {
  expect(peakText(0.95 * 2 ** 30, 2 ** 30)).toBe('973 MiB, 95.0 % of the 1.0 GiB planned');
  expect(peakText(2 ** 30, 2 ** 30, 4)).toBe(
    '1.0 GiB, 100.0 % of the 1.0 GiB planned in each of 4 processes',
  );
  expect(peakText(2 ** 30, undefined)).toBe('1.0 GiB');
});
