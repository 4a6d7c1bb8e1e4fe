// Absolute paths in what is printed become the relative ones that the user wrote, and only those.
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { asWritten } from '../src/render/as-written.js';

test('paths are shown as written, below a folder and at the end of a sentence too', () => {
  const here = resolve('/work');
  const show = asWritten(['out/', 'data.jsonl', undefined], here);
  expect(show(`saved to ${resolve(here, 'out')}.`)).toBe('saved to out.');
  expect(show(resolve(here, 'out/LATEST'))).toBe(join('out', 'LATEST'));
  expect(show(`${resolve(here, 'data.jsonl')}: no rows`)).toBe('data.jsonl: no rows');
});

test('a path that only begins or ends like one that was written stays', () => {
  const show = asWritten(['.', 'out'], resolve('/work'));
  for (const path of ['/work-2/rows.jsonl', '/data/work/rows.jsonl'].map((one) => resolve(one)))
    expect(show(`${path}: no rows`)).toBe(`${path}: no rows`);
});
