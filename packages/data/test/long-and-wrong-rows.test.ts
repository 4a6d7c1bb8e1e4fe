// Rows that are too long or wrong, and the progress of reading them.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDataset, Tokenizer } from '../src/index.js';
import { chatml, file, folder, jsonl, load, unigram } from './written-rows.js';

describe('long rows', () => {
  const rows = [{ text: 'short' }, { text: 'the '.repeat(50) }];

  it('are errors unless told otherwise', async () => {
    await expect(load(chatml, jsonl(...rows), { maxLength: 20 })).rejects.toThrow(
      /:2: this row has \d+ tokens, more than the 20 allowed/,
    );
  });

  it('are truncated or dropped, and named', async () => {
    const path = jsonl(...rows);
    const truncated = await loadDataset(chatml, path, { maxLength: 20, overlong: 'truncate' });
    expect([...truncated.samples.lengths]).toEqual([
      truncated.samples.sample(0).inputIds.length,
      20,
    ]);
    expect(truncated.report.truncated).toEqual({
      count: 1,
      tokens: expect.any(Number) as number,
      first: [{ file: path, row: 2 }],
    });
    expect(truncated.report.withoutEndOfTurn.first).toEqual([{ file: path, row: 2 }]);
    const dropped = await loadDataset(chatml, path, { maxLength: 20, overlong: 'drop' });
    expect(dropped.report).toMatchObject({
      rows: 2,
      samples: 1,
      dropped: { count: 1, first: [{ file: path, row: 2 }] },
    });
    await expect(
      loadDataset(chatml, jsonl(rows[1]), { maxLength: 20, overlong: 'drop' }),
    ).rejects.toThrow('nothing to train on: all 1 rows are longer than 20 tokens');
  });

  it('with nothing left to train are errors', async () => {
    const path = jsonl({
      messages: [
        { role: 'user', content: 'the '.repeat(50) },
        { role: 'assistant', content: 'b' },
      ],
    });
    await expect(
      loadDataset(chatml, path, { maxLength: 20, overlong: 'truncate' }),
    ).rejects.toThrow(`${path}:1: this row has no tokens to train within its first 20 tokens`);
  });
});

describe('refused rows', () => {
  const chat = (message: unknown): unknown => ({
    messages: [{ role: 'user', content: 'x' }, message],
  });
  it.each<[string, unknown, string]>([
    [
      'unknown columns',
      { question: 'x', reply: 'y' },
      'this row is neither a chat ("messages" or "conversations"), nor "prompt" with ' +
        '"completion", nor "instruction" with "output", nor "text": it has columns "question", ' +
        '"reply"',
    ],
    ['half a pair', { prompt: 'x' }, 'it has "prompt" without "completion"'],
    ['two formats', { messages: [], text: 'x' }, 'this row fits several formats: messages; text'],
    ['no list', { messages: 'x' }, '"messages" must be a list of messages, it is a string'],
    ['no messages', { messages: [] }, '"messages" is empty'],
    ['a number as text', { text: 3 }, '"text" must be a text, it is a number'],
    [
      'a number as content',
      chat({ role: 'assistant', content: 3 }),
      'messages[1].content must be a text, it is a number',
    ],
    ['no content', chat({ role: 'assistant' }), 'messages[1].content is missing'],
    [
      'an image',
      chat({ role: 'assistant', content: [{ type: 'image' }] }),
      'messages[1].content[0] must be a text part',
    ],
    [
      'ShareGPT',
      chat({ from: 'gpt', value: 'x' }),
      'messages[1].role must be a text such as "user", it is missing',
    ],
    ['no assistant', chat({ role: 'user', content: 'x' }), 'this chat has no assistant message'],
    ['an array', [1], 'a row must be a JSON object, this one is an array'],
    [
      'tools that are no list',
      { messages: [{ role: 'user', content: 'x' }], tools: 'x{' },
      '"tools" is a text that is not JSON',
    ],
  ])('%s', async (_, row, message) => {
    const path = jsonl({ text: 'fine' }, row);
    await expect(load(chatml, path)).rejects.toMatchObject({
      name: 'AutomodelError',
      code: 'bad-data',
      message: expect.stringContaining(message) as string,
      location: `${path}:2`,
    });
  });

  it('names line and column of bad JSON, and text that is not UTF-8', async () => {
    const bad = file('{"text": "a"}\n{"text": "b",}\n');
    await expect(load(chatml, bad)).rejects.toThrow(
      new RegExp(`^${bad}:2(:\\d+)?: not valid JSON`),
    );
    const latin = file(
      Uint8Array.from([...Buffer.from('{"text": "a"}\n{"text": "'), 0xe4, ...Buffer.from('"}\n')]),
    );
    await expect(load(chatml, latin)).rejects.toThrow(`${latin}:2: not UTF-8 text`);
    await expect(load(chatml, file('[{"text": "a"}, 3]', 'json'))).rejects.toThrow(
      '.json:2: a row must be a JSON object, this one is a number',
    );
  });

  it('names files that are missing or empty, and tokenizers without what a row needs', async () => {
    await expect(load(chatml, join(folder, 'none.jsonl'))).rejects.toMatchObject({
      code: 'missing-file',
    });
    await expect(load(chatml, file('\n'))).rejects.toThrow('nothing to train on: no rows');
    await expect(
      load(
        unigram,
        jsonl({
          messages: [
            { role: 'user', content: 'x' },
            { role: 'assistant', content: 'y' },
          ],
        }),
      ),
    ).rejects.toThrow('the tokenizer has no chat template');
    await expect(Tokenizer.fromPretrained(folder)).rejects.toMatchObject({
      code: 'missing-tokenizer',
    });
  });
});

describe('progress', () => {
  it('ends at the last byte, and an aborted load stops', async () => {
    const path = jsonl(
      ...Array.from({ length: 300 }, (_, i) => ({ text: `row ${i} `.repeat(20) })),
    );
    let last = { rows: 0, bytesRead: 0, totalBytes: -1 };
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await loadDataset(chatml, [path, path], { onProgress: (progress) => (last = progress) });
    clearInterval(timer);
    expect(last).toMatchObject({ rows: 600, bytesRead: last.totalBytes });
    expect(turns).toBeGreaterThan(0);
    await expect(loadDataset(chatml, path, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
