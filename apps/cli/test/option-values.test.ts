// Values of options: the bounds themselves are taken, what lies beyond them is refused.
import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { columnPair, number, wholeNumber } from '../src/grammar/option-values.js';

test('a whole number, from its minimum on', () => {
  expect(['3', '4', '1e3'].map(wholeNumber(3))).toEqual([3, 4, 1000]);
  for (const text of ['2', '3.5', '', ' ', 'three', '1e99', 'Infinity', 'NaN'])
    expect(() => wholeNumber(3)(text)).toThrow(InvalidArgumentError);
});

test('a number between its bounds, which belong to it', () => {
  expect(['0', '0.5', '1'].map(number(0, 1))).toEqual([0, 0.5, 1]);
  for (const text of ['-0.1', '1.1', '', 'half', 'NaN'])
    expect(() => number(0, 1)(text)).toThrow('It must be a number from 0 to 1.');
  expect(() => number(2)('1')).toThrow('It must be a number of at least 2.');
});

test('two columns, apart by one comma', () => {
  expect(columnPair('question, answer')).toEqual({ prompt: 'question', completion: 'answer' });
  for (const text of ['question', 'a,b,c', ',b', 'a,'])
    expect(() => columnPair(text)).toThrow(InvalidArgumentError);
});
