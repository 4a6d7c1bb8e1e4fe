import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDataset, Tokenizer, type DatasetOptions, type Sample } from '../src/index.js';
import { tokenizerFolder } from './golden-tokenizers.js';

const folder = mkdtempSync(join(tmpdir(), 'automodel-data-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const file = (content: string | Uint8Array, extension = 'jsonl'): string => {
  const path = join(folder, `data${files++}.${extension}`);
  writeFileSync(path, content);
  return path;
};
const jsonl = (...rows: unknown[]): string =>
  file(rows.map((row) => JSON.stringify(row)).join('\n') + '\n');

let chatml: Tokenizer;
let unigram: Tokenizer;
let gemma: Tokenizer;
beforeAll(async () => {
  [chatml, unigram, gemma] = await Promise.all([
    Tokenizer.fromPretrained(tokenizerFolder('qwen2')),
    Tokenizer.fromPretrained(tokenizerFolder('unigram')),
    Tokenizer.fromPretrained(tokenizerFolder('gemma')),
  ]);
});

const trainedText = (tokenizer: Tokenizer, sample: Sample | undefined): string =>
  tokenizer.decode([...(sample?.labels ?? [])].filter((label) => label !== -100));
const load = async (
  tokenizer: Tokenizer,
  path: string,
  options?: DatasetOptions,
): Promise<readonly Sample[]> => (await loadDataset(tokenizer, path, options)).samples.slice();

const none = { count: 0, tokens: 0, first: [] };

describe('rows', () => {
  it('takes the last id that the model has, and refuses the one after it', async () => {
    const path = jsonl({ text: 'yo' });
    const [sample] = await load(chatml, path);
    const highest = Math.max(...sample!.inputIds);
    expect(await load(chatml, path, { vocabularySize: highest + 1 })).toHaveLength(1);
    await expect(load(chatml, path, { vocabularySize: highest })).rejects.toThrow(
      `has id ${highest}, the model knows ${highest} ids`,
    );
  });

  it('reads chats, prompts with completions and texts from JSON lines', async () => {
    const path = jsonl(
      {
        id: 1,
        messages: [
          { role: 'user', content: 'hi' },
          { role: 'assistant', content: 'yo' },
        ],
      },
      { prompt: 'Q', completion: 'A' },
      { text: 'all of it' },
    );
    const { samples: set, report } = await loadDataset(chatml, path);
    const samples = [...set];
    expect(samples.map((sample) => trainedText(chatml, sample))).toEqual([
      'yo<|im_end|>',
      'A<|im_end|>',
      'all of it<|im_end|>',
    ]);
    expect(chatml.decode(samples[1]?.inputIds ?? [])).toBe(
      '<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n',
    );
    expect(samples.map((sample) => sample.source)).toEqual(
      [1, 2, 3].map((row) => ({ file: path, row })),
    );
    expect(report).toMatchObject({
      rows: 3,
      samples: 3,
      tokens: samples.reduce((sum, sample) => sum + sample.inputIds.length, 0),
      trainedTokens:
        samples
          .slice(0, 2)
          .reduce(
            (sum, sample) => sum + sample.labels.filter((label) => label !== -100).length,
            0,
          ) +
        (samples[2]?.labels.length ?? 0) -
        1,
      longest: Math.max(...samples.map((sample) => sample.inputIds.length)),
      truncated: none,
      split: none,
      dropped: none,
      withoutEndOfTurn: none,
      fromCache: false,
    });
  });

  it('joins prompt and completion as text where there is no template, with one eos, trained', async () => {
    const [sample] = await load(unigram, jsonl({ prompt: 'The quick', completion: ' brown fox' }));
    expect([...(sample?.inputIds ?? [])]).toEqual(unigram.encode('The quick brown fox'));
    expect(sample?.inputIds.at(-1)).toBe(unigram.eosTokenId);
    expect(trainedText(unigram, sample)).toBe('brown fox</s>');
    const [raw] = await load(chatml, jsonl({ prompt: 'Q: 1\nA:', completion: ' 2' }), {
      useChatTemplate: false,
    });
    expect(chatml.decode(raw?.inputIds ?? [])).toBe('Q: 1\nA: 2<|im_end|>');
    expect(trainedText(chatml, raw)).toBe(' 2<|im_end|>');
  });

  it('adds bos once: never before a chat that has it, before a completion that has not', async () => {
    const bos = gemma.bosTokenId;
    const path = jsonl(
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b' },
        ],
      },
      { text: 'b' },
    );
    for (const sample of await load(gemma, path)) {
      expect(sample.inputIds[0]).toBe(bos);
      expect(sample.inputIds.filter((id) => id === bos).length).toBe(1);
    }
    const [joined] = await load(gemma, jsonl({ prompt: 'a b', completion: ' c' }), {
      useChatTemplate: false,
    });
    expect(gemma.decode(joined?.inputIds ?? [])).toBe('<bos>a b c<eos>');
    expect(trainedText(gemma, joined)).toBe(' c<eos>');
  });

  it('takes prompts and completions that are messages, training only the completion', async () => {
    const prompt = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ];
    const [sample] = await load(
      chatml,
      jsonl({ prompt, completion: [{ role: 'assistant', content: 'd' }] }),
    );
    expect(trainedText(chatml, sample)).toBe('d<|im_end|>');
  });

  it('maps columns', async () => {
    const [sample] = await load(chatml, jsonl({ question: 'Q', answer: 'A', text: 'ignored' }), {
      columns: { prompt: 'question', completion: 'answer', text: 'body' },
    });
    expect(trainedText(chatml, sample)).toBe('A<|im_end|>');
  });

  it('reads arrays and lines whatever the file is called, with BOM, blank lines, CRLF and U+2028', async () => {
    expect(
      (await load(chatml, file('\ufeff [\n {"text": "ab"},\n {"text": "cd"}]', 'json'))).map(
        (sample) => sample.source.row,
      ),
    ).toEqual([1, 2]);
    const samples = await load(
      chatml,
      file('\ufeff{"text": "a\u2028b"}\r\n\r\n{"text": "cd"}', 'json'),
    );
    expect(samples.map((sample) => sample.source.row)).toEqual([1, 3]);
    expect(trainedText(chatml, samples[0])).toBe('a\u2028b<|im_end|>');
  });

  it('appends no eos when asked not to, and reports such rows', async () => {
    const { samples, report } = await loadDataset(chatml, jsonl({ text: 'some text' }), {
      appendEos: false,
    });
    expect(trainedText(chatml, samples.sample(0))).toBe('some text');
    expect(report.withoutEndOfTurn.count).toBe(1);
  });
});

describe('unusual rows', () => {
  it('trains exactly the completion whatever stands at the border', async () => {
    for (const tokenizer of [chatml, gemma, unigram]) {
      for (const [prompt, completion] of [
        ['na\u0131ve ', 'caf\u00e9 \u4f60\u597d'],
        ['\u{1f642}', '\u{1f469}\u200d\u{1f469}'],
        ['x\n', '\n\ny'],
        ['', 'all'],
        ['<eos></s>', 'a<|im_end|>b'],
      ] as const) {
        const [sample] = await load(tokenizer, jsonl({ prompt, completion }), {
          useChatTemplate: false,
        });
        const ids = [...(sample?.inputIds ?? [])];
        const first = ids.findIndex((_, i) => sample?.labels[i] !== -100);
        expect([...(sample?.labels ?? [])]).toEqual(ids.map((id, i) => (i < first ? -100 : id)));
        const { before } = tokenizer.surroundingTokens;
        const ownIds = tokenizer.encode(prompt, { addSpecialTokens: false });
        expect([first, first + 1]).toContain(before.length + ownIds.length);
      }
    }
  });
});

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

  it('names files that are missing or empty, and tokenizers that lack what a row needs', async () => {
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
