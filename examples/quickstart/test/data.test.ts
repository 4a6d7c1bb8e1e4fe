/**
 * Holds the committed data to its generator, and the three files to being what an exact-match score
 * needs: disjoint and well formed.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeDataset } from '../generate/dataset.js';
import type { FunctionCall } from '../generate/request-maker.js';
import { requestMakers } from '../generate/requests.js';
import { slotValues } from '../generate/slot-values.js';

interface Row {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

const committed = (name: string): string =>
  readFileSync(new URL(`../data/${name}.jsonl`, import.meta.url), 'utf8');
const rows = (name: string): Row[] =>
  committed(name)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
const request = (row: Row): string => row.messages[0]?.content ?? '';
const call = (row: Row): FunctionCall => JSON.parse(row.messages[1]?.content ?? '') as FunctionCall;

describe('the quickstart data set', () => {
  it('is what the generator writes', () => {
    const made = makeDataset(7);
    expect(made.train === committed('train')).toBe(true);
    expect(made.validation === committed('validation')).toBe(true);
    expect(made.test === committed('test')).toBe(true);
  });

  it('asks no request twice, within a file or across files', () => {
    const all = ['train', 'validation', 'test'].flatMap((name) =>
      rows(name).map((row) => request(row).toLowerCase()),
    );
    expect(all).toHaveLength(3000 + 120 + 240);
    expect(new Set(all).size).toBe(all.length);
  });

  it('has every function equally often, and answers in compact JSON', () => {
    const counts = new Map<string, number>();
    for (const row of rows('test')) {
      counts.set(call(row).name, (counts.get(call(row).name) ?? 0) + 1);
      expect(JSON.stringify(call(row))).toBe(row.messages[1]?.content);
    }
    expect(Object.fromEntries(counts)).toEqual(
      Object.fromEntries(Object.keys(requestMakers).map((name) => [name, 20])),
    );
  });

  it('keeps held-out values from the training rows and uses them in the test rows', () => {
    const { people, cities, items, tasks, messages, labels, music } = slotValues('heldOut');
    const known = new Set(Object.values(slotValues('known')).flat());
    const heldOut = new Set(
      [...people, ...cities, ...items, ...tasks, ...messages, ...labels, ...music].filter(
        (value) => !known.has(value),
      ),
    );
    const usesHeldOut = (row: Row): boolean =>
      Object.values(call(row).arguments).some((value) => heldOut.has(String(value)));
    expect(rows('train').filter(usesHeldOut)).toEqual([]);
    expect(rows('validation').filter(usesHeldOut)).toEqual([]);
    expect(rows('test').filter(usesHeldOut).length).toBeGreaterThan(30);
  });
});
