// What questions and answers ask to be trained on, and which rows are refused.
import { beforeAll, describe, expect, it } from 'vitest';
import { Tokenizer, type FormatOptions } from '../src/index.js';
import { tokenizerFolder } from './golden-tokenizers.js';
import { assistant, completion, parsed, trained, user, written, type Row } from './parsed-rows.js';

let qwen: Tokenizer;
let unigram: Tokenizer;
beforeAll(async () => {
  qwen = await Tokenizer.fromPretrained(tokenizerFolder('qwen2'));
  unigram = await Tokenizer.fromPretrained(tokenizerFolder('unigram'));
});

describe('questions and answers', () => {
  const alpaca = { instruction: 'Add.', input: '1 1', output: '2' };

  it('of Alpaca are written in its layout, or as a chat', () => {
    const { prompt, chat: asChat } = completion(alpaca);
    expect(prompt).toBe(
      'Below is an instruction that describes a task, paired with an input that provides further ' +
        'context. Write a response that appropriately completes the request.\n\n### ' +
        'Instruction:\nAdd.\n\n### Input:\n1 1\n\n### Response:',
    );
    expect(asChat.messages).toEqual([
      { role: 'user', content: 'Add.\n\n1 1' },
      { role: 'assistant', content: '2' },
    ]);
    expect(completion({ ...alpaca, input: '' }).prompt).toBe(
      'Below is an instruction that describes a task. Write a response that appropriately ' +
        'completes the request.\n\n### Instruction:\nAdd.\n\n### Response:',
    );
    expect(trained(unigram, alpaca)).toBe('2</s>');
    expect(trained(qwen, alpaca)).toBe('2<|im_end|>');
  });

  it('of Alpaca with earlier turns are chats only', () => {
    const row = { ...alpaca, system: 's', history: [['q', 'r']] };
    expect(completion(row, { type: 'alpaca' }).chat.messages.map(({ content }) => content)).toEqual(
      ['s', 'q', 'r', 'Add.\n\n1 1', '2'],
    );
    expect(trained(qwen, row)).toBe('r<|im_end|>2<|im_end|>');
    expect(trained(qwen, row, { maskHistory: true })).toBe('2<|im_end|>');
    expect(() => trained(unigram, row)).toThrow(
      'rows.jsonl:7: a row with a system text or earlier turns can only be written as a chat',
    );
  });

  it('of mapped columns are joined by spaces, and chats on request', () => {
    const format: FormatOptions = {
      type: 'column_mapped',
      columns: { context: 'c', question: 'q', answer: 'a' },
    };
    expect(written(qwen, { c: 'C', q: 'Q', a: 'A' }, {}, format)).toBe('C Q A');
    expect(written(qwen, { q: 'Q', a: 'A' }, { appendEos: true }, format)).toBe('Q A<|im_end|>');
    expect(
      completion({ c: 'C', q: 'Q', a: 'A' }, format).chat.messages.map(
        ({ role, content }) => `${role} ${String(content)}`,
      ),
    ).toEqual(['system C', 'user Q', 'assistant A']);
    expect(trained(qwen, { c: 'C', q: 'Q', a: 'A' }, { useChatTemplate: true }, format)).toBe(
      'A<|im_end|>',
    );
  });

  it('of a type are read by it although other columns are there', () => {
    expect(parsed({ text: 't', messages: 'x' }, { type: 'text' })).toMatchObject({
      kind: 'text',
      text: 't',
    });
    expect(() => parsed({ text: 't', messages: [user, assistant] })).toThrow(
      'rows.jsonl:7: this row fits several formats: messages; text',
    );
  });
});

describe('refused rows', () => {
  const calls = (call: unknown): Row => ({
    messages: [user, { role: 'assistant', content: '', tool_calls: [call] }],
  });
  it.each<[string, Row, string, FormatOptions?]>([
    [
      'an unknown speaker',
      { conversations: [{ from: 'alien', value: 'x' }] },
      'conversations[0].from is "alien"',
    ],
    [
      'a turn that is no text',
      { conversations: [{ from: 'human', value: 3 }] },
      '"conversations[0].value" must be a text, it is a number',
    ],
    [
      'a call that is no JSON',
      { conversations: [{ from: 'function_call', value: 'f(x)' }] },
      '"conversations[0].value" is a text that is not JSON',
    ],
    [
      'two system texts',
      {
        conversations: [
          { from: 'system', value: 's' },
          { from: 'gpt', value: 'a' },
        ],
        system: 't',
      },
      'another in "system"',
    ],
    [
      'an odd weight',
      { messages: [user, { ...assistant, weight: 0.5 }] },
      'message 2.weight must be true, false, 1 or 0, it is 0.5',
    ],
    [
      'nothing of weight',
      { messages: [user, { ...assistant, weight: 0 }] },
      'no assistant message of this chat is trained',
    ],
    [
      'a call without a name',
      calls({ function: { arguments: {} } }),
      'messages[1].tool_calls[0] must name its function',
    ],
    [
      'arguments that are no object',
      calls({ function: { name: 'f', arguments: '[1]' } }),
      'messages[1].tool_calls[0].arguments must be an object or its JSON text, it is a list',
    ],
    [
      'tools that are texts',
      { messages: [user, assistant], tools: ['f'] },
      '"tools[0]" is a text that is not JSON',
    ],
    [
      'bytes',
      { text: Uint8Array.from([255]) },
      '"text" must be a text, it is bytes that are not UTF-8 text',
    ],
    ['half of Alpaca', { instruction: 'x' }, 'it has "instruction" without "output"'],
    [
      'SQuAD without its type',
      { context: 'c', question: 'q', answers: {} },
      'this row is neither a chat',
    ],
    [
      'SQuAD answers',
      { context: 'c', question: 'q', answers: 'x' },
      '"answers" must be an object with a list "text", it is a string',
      { type: 'squad' },
    ],
    [
      'a HellaSwag test row',
      { ctx: 'c', endings: ['a'], label: '' },
      '"label" must be the number of an ending, it is empty, as in the test split',
      { type: 'hellaswag' },
    ],
    [
      'a HellaSwag label',
      { ctx: 'c', endings: ['a'], label: 1 },
      '"label" is 1, there are 1 endings',
      { type: 'hellaswag' },
    ],
    [
      'mapped columns',
      { a: 'x' },
      'this row has neither "context" nor "question"',
      { type: 'column_mapped', columns: { answer: 'a' } },
    ],
    [
      'a text for a chat',
      { text: 'x' },
      'this row is no chat ("messages" or "conversations"): it has columns "text"',
      { type: 'chat' },
    ],
  ])('%s', (_, row, message, format) => {
    expect(() => parsed(row, format)).toThrow(
      expect.objectContaining({
        code: 'bad-data',
        location: 'rows.jsonl:7',
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });
});
