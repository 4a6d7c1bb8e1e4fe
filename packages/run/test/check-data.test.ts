// What `check` finds out about the rows of a run: repetitions, cut rows and loose packs.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Recipe } from '@automodel/recipe';
import { checkedRuns, findings, problems } from './check-findings.js';
import type { TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
beforeAll(async () => {
  runs = await checkedRuns();
});
afterAll(() => runs[Symbol.asyncDispose]());

describe('a run', () => {
  test('that validates on its training rows or repeats them gets warnings', async () => {
    const twice = await runs.rows(
      'twice',
      [1, 1, 2].map((n) => ({ prompt: `say ${n}`, completion: String(n) })),
    );
    expect(
      await problems(
        runs.recipe('output', {
          dataset: { path_or_dataset_id: twice },
          validation_dataset: { path_or_dataset_id: twice },
        }),
      ),
    ).toEqual([
      'data warning: train: 1 of 3 rows are duplicates',
      expect.stringContaining(
        'data warning: 3 of 3 validation samples are also in the training set',
      ) as string,
    ]);
  });

  test('with rows that are cut is warned that nothing trained ends a turn', async () => {
    const long = await runs.rows(
      'long',
      [1, 2].map((n) => ({
        prompt: `${n}`,
        completion: 'set a timer for ten minutes '.repeat(10),
      })),
    );
    const found = await problems(
      runs.recipe('output', {
        dataset: { path_or_dataset_id: long, seq_length: 30, truncation: true },
      }),
    );
    expect(found[0]).toContain(
      'data warning: train: 2 rows were longer than seq_length (30) and cut off there',
    );
    expect(found[1]).toContain('labels error: no sample trains a token that ends a turn');
  });

  test('that packs loosely gets a hint at tighter packing; tight packs are reported', async () => {
    const loose = await runs.rows(
      'loose',
      Array.from({ length: 12 }, (_, n) => ({
        prompt: `${n}`,
        completion: 'set a timer '.repeat(n % 2 === 0 ? 8 : 1),
      })),
    );
    const packed = (packing_strategy: 'thd' | 'neat'): Recipe =>
      runs.recipe('output', {
        dataset: { path_or_dataset_id: loose },
        packed_sequence: { packed_sequence_size: 64, packing_strategy },
      });
    expect((await problems(packed('thd')))[0]).toMatch(
      /^data warning: packs are [5-8]\d\.\d % full$/,
    );
    expect(
      (await findings(packed('neat'))).some(
        ({ level, message }) => level === 'ok' && /packs are .* % full/.test(message),
      ),
    ).toBe(true);
  });
});
