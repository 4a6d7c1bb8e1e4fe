import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appendAnswers, readAnswers } from '../src/observe/answers-file.js';

const evaluation = (steps: number, answer: string, exactMatch?: number) => ({
  steps,
  total: 1,
  correct: 0,
  exactMatch,
  samples: [{ prompt: 'p', expected: 'e', answer, correct: false }],
});

test(
  'answers come back up to a step; what a resumed run did again counts once, and a torn line ' +
    'not at all',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'automodel-answers-'));
    const path = join(root, 'answers.jsonl');
    expect(await readAnswers(path, 9)).toEqual([]);
    for (const line of [
      evaluation(0, 'a', 0),
      evaluation(4, 'old'),
      evaluation(8, 'late'),
      evaluation(4, 'new'),
    ])
      await appendAnswers(path, async () => undefined, line);
    await appendFile(path, '{"steps": 5, "samples"');
    expect(await readAnswers(path, 6)).toEqual([evaluation(0, 'a', 0), evaluation(4, 'new')]);
    await rm(root, { recursive: true });
  },
);
