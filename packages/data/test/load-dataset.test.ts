// Rows of every kind become samples, with the labels that they should have.
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../src/index.js';
import { chatml, file, gemma, jsonl, load, none, trainedText, unigram } from './written-rows.js';

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
      withoutReasoning: none,
      withoutCalls: none,
      withoutMarks: none,
      markedInVain: none,
      spellsSpecialToken: none,
      fromCache: false,
    });
  });

  it('joins prompt and completion as text without a template, with a trained eos', async () => {
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

  it('adds bos once: not before a chat that has it, but before a completion', async () => {
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

  it('reads arrays and lines of any file name, BOM, blank lines, CRLF and U+2028', async () => {
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
