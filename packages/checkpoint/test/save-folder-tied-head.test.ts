import { describe, expect, test } from 'vitest';
import { type HuggingFaceFolder, sourceOfArray } from '../src/index.js';
import { counting, EMBEDDING, HEAD } from './support/folders.js';
import { SINGLE, tying, tied, silent, type Case, saving } from './support/saving.js';

describe('tied heads', () => {
  const both = [counting(EMBEDDING, 0), counting(HEAD, 0)];
  const flag = (folder: HuggingFaceFolder): unknown => folder.config['tie_word_embeddings'];

  test.each<[string, Case, boolean, unknown]>([
    [
      'tied, trained without a head: the stale head of the base is dropped',
      { base: { [SINGLE]: both }, config: tied, tensors: [counting(EMBEDDING, 5)] },
      false,
      true,
    ],
    [
      'tied and equal: the head is left out',
      {
        base: { [SINGLE]: both },
        config: tied,
        tensors: [counting(EMBEDDING, 5), counting(HEAD, 5)],
      },
      false,
      true,
    ],
    [
      'tied but diverged: both, flag false',
      {
        base: { [SINGLE]: both },
        config: tied,
        tensors: [counting(EMBEDDING, 5), counting(HEAD, 6)],
      },
      true,
      false,
    ],
    [
      'no flag, trained without a head: tied',
      { base: { [SINGLE]: both }, config: silent, tensors: [counting(EMBEDDING, 5)] },
      false,
      true,
    ],
    [
      'no flag, tied by the model, nothing to contradict: config stays',
      {
        base: { [SINGLE]: [counting(EMBEDDING, 0)] },
        config: silent,
        tensors: [counting(EMBEDDING, 5)],
      },
      false,
      undefined,
    ],
    [
      'no flag, tied by the model, diverged: flag false',
      {
        base: { [SINGLE]: both },
        config: silent,
        tensors: [counting(EMBEDDING, 5), counting(HEAD, 6)],
        options: { tying: { ...tying, tied: true } },
      },
      true,
      false,
    ],
    [
      'untied: both, flag false',
      { base: { [SINGLE]: both }, tensors: [counting(EMBEDDING, 5), counting(HEAD, 5)] },
      true,
      false,
    ],
    [
      'untied, head not trained: carried',
      { base: { [SINGLE]: both }, tensors: [counting(EMBEDDING, 5)] },
      true,
      false,
    ],
    [
      'untied by the run: flag false',
      {
        base: { [SINGLE]: [counting(EMBEDDING, 0)] },
        config: tied,
        tensors: both,
        options: { tying: { ...tying, tied: false } },
      },
      true,
      false,
    ],
  ])('%s', async (_, input, hasHead, expected) => {
    const out = await saving(input);
    expect([out.weights.has(HEAD), flag(out)]).toEqual([hasHead, expected]);
  });

  test('are compared as stored, under the names given', async () => {
    const table = counting('wte', 10);
    const head = sourceOfArray(
      'head',
      'f32',
      [2, 3],
      Float32Array.from({ length: 6 }, (_, i) => 10.001 + i),
    );
    const input: Case = {
      base: {},
      config: tied,
      tensors: [table, head],
      options: { tying: { head: 'head', embedding: 'wte' } },
    };
    expect((await saving(input)).weights.names).toEqual(['head', 'wte']);
    expect(
      (await saving({ ...input, options: { ...input.options, dtype: 'bf16' } })).weights.names,
    ).toEqual(['wte']);
  });
});
