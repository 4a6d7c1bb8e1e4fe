// What `check` says where rows are wrong: each of them in one run, up to 20 that say the same.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkedRuns, findings, problems } from './check-findings.js';
import type { TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
beforeAll(async () => {
  runs = await checkedRuns();
});
afterAll(() => runs[Symbol.asyncDispose]());

const chat = (role: string, content: unknown): object => ({
  messages: [
    { role: 'user', content: 'Which lock leaks?' },
    { role, content },
  ],
});
const [right, misspelt] = [chat('assistant', 'The lower one.'), chat('asistant', 'x')];
const unanswered = { messages: [{ role: 'user', content: 'Which lock leaks?' }] };

describe('a check', () => {
  test('names rows with different mistakes in one run', async () => {
    const path = await runs.rows('mistakes', [
      right,
      misspelt,
      unanswered,
      chat('assistant', null),
    ]);
    const found = await problems(runs.recipe('output', { dataset: { path_or_dataset_id: path } }));
    expect(found).toEqual([
      `data error: ${path}:2: messages[1].role is "asistant"`,
      `data error: ${path}:3: this chat has no assistant message, so there is nothing to train`,
      `data error: ${path}:4: messages[1].content is missing`,
    ]);
  });

  test('names 20 rows of a kind, says once what to do, and counts the others', async () => {
    const path = join(runs.root, 'broken.jsonl');
    const broken = Array.from({ length: 23 }, (_, i) => `{"prompt": "a", "completion": ${i}`);
    await writeFile(path, [JSON.stringify(misspelt), ...broken].join('\n'));
    const found = await findings(runs.recipe('output', { dataset: { path_or_dataset_id: path } }));
    const wrong = found.filter(({ check }) => check === 'data');
    expect(wrong).toHaveLength(22);
    expect(wrong[1]?.hint).toContain('each line holds one JSON object');
    expect(wrong.slice(2).map(({ hint }) => hint)).toEqual(Array<undefined>(20).fill(undefined));
    expect(wrong.slice(2, 4).map(({ error }) => error?.code)).toEqual(['bad-data', 'bad-data']);
    expect(wrong.at(-1)?.message).toBe('and 3 more rows are refused for the same reason');
  });

  test.each([
    ['csv', 'prompt,completion\na,b\nc,"d\n', ':3: not valid CSV: a quote is opened'],
    ['json', '[{"prompt": "a", "completion": "b"}, {"prompt"', ':1:47: not valid JSON'],
  ])('names a .%s that all sets share once', async (ending, content, expected) => {
    const path = join(runs.root, `shared.${ending}`);
    await writeFile(path, content);
    const section = { path_or_dataset_id: path };
    const found = await problems(
      runs.recipe('output', {
        dataset: section,
        validation_dataset: section,
        evaluation: { dataset: section },
      }),
    );
    expect(found).toEqual([expect.stringContaining(`data error: ${path}${expected}`)]);
  });

  test('goes on over the sets of a mixture and of validation', async () => {
    const [first, second, third, last] = await Promise.all(
      [[misspelt], [right, unanswered], [misspelt, right], [unanswered]].map((rows, i) =>
        runs.rows(`set${i}`, rows),
      ),
    );
    const recipe = runs.recipe('output', {
      dataset: {
        type: 'mixed',
        seq_length: 256,
        datasets: [{ path_or_dataset_id: first! }, { path_or_dataset_id: second! }],
      },
      validation_dataset_one: { path_or_dataset_id: third! },
      validation_dataset_two: { path_or_dataset_id: last! },
    });
    const places = (await findings(recipe)).flatMap(({ error }) => error?.location ?? []);
    expect(places).toEqual([`${first}:1`, `${third}:1`, `${second}:2`, `${last}:1`]);
  });

  test('names rows of one set and what is wrong with another', async () => {
    const path = await runs.rows('beside', [misspelt, unanswered]);
    const datasets = [{ path_or_dataset_id: path }, { path_or_dataset_id: 'nothing-here.jsonl' }];
    const dataset = { type: 'mixed', seq_length: 256, datasets } as const;
    const found = await findings(runs.recipe('output', { dataset }));
    expect(found.flatMap(({ error }) => error?.code ?? [])).toEqual([
      'bad-data',
      'bad-data',
      'missing-file',
    ]);
  });

  test('looks at the first rows of streamed data, to their end', async () => {
    const path = await runs.rows('streamed', [right, misspelt, right, unanswered]);
    const found = await problems(
      runs.recipe('output', {
        dataset: { path_or_dataset_id: path, streaming: true, seq_length: 256 },
        step_scheduler: { global_batch_size: 2, max_steps: 2 },
      }),
    );
    expect(found.map((line) => line.slice(0, `data error: ${path}:2`.length))).toEqual([
      `data error: ${path}:2`,
      `data error: ${path}:4`,
    ]);
  });

  test('names all rows that are longer than a pack', async () => {
    const long = { prompt: 'say', completion: 'set a timer for ten minutes '.repeat(30) };
    const path = await runs.rows('packed', [{ prompt: 'a', completion: 'b' }, long, long]);
    const found = await problems(
      runs.recipe('output', {
        dataset: { path_or_dataset_id: path },
        packed_sequence: { packed_sequence_size: 64 },
      }),
    );
    expect(found.map((line) => line.replace(/\d+ tokens/, 'n tokens'))).toEqual([
      `data error: ${path}:2: this row has n tokens, more than a pack of 64`,
      `data error: ${path}:3: this row has n tokens, more than a pack of 64`,
    ]);
  });

  test('and a run after it: the run ends at the first wrong row', async () => {
    const path = await runs.rows('trained', [right, misspelt, unanswered]);
    const recipe = runs.recipe('output', { dataset: { path_or_dataset_id: path } });
    await expect(runs.run(recipe)).rejects.toMatchObject({
      name: 'AutomodelError',
      location: `${path}:2`,
    });
  });
});
