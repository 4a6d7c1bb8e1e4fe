// What check says of rows that a report counted.
import { expect, it } from 'vitest';
import { rowFindings } from '../src/check/check-rows.js';
import { report } from './event-samples.js';

const one = { count: 1, tokens: 0, first: [{ file: '/data/rows.jsonl', row: 3 }] };

it('names the first row of each list that holds some', () => {
  const counted = { ...report, withoutCalls: one, spellsSpecialToken: { ...one, count: 2 } };
  expect(
    rowFindings(counted).map(({ level, message, location }) => [level, message, location]),
  ).toEqual([
    [
      'warning',
      '1 of 3 rows have tool calls that the chat template leaves out',
      '/data/rows.jsonl:3',
    ],
    [
      'warning',
      '2 of 3 rows contain the text of a special token, which is read as that token',
      '/data/rows.jsonl:3',
    ],
  ]);
});

it('says nothing where no such list holds rows', () => {
  expect(rowFindings({ ...report, dropped: one })).toEqual([]);
  expect(rowFindings(report)).toEqual([]);
});
