// What other tools write into messages: marks of training, calls as they were before tools, halves
// of characters. Each means what it says, or the row is refused.
import { beforeAll, describe, expect, it } from 'vitest';
import { Tokenizer, tokenizeRow } from '../src/index.js';
import { fixture } from './fixture.js';
import { tokenizerFolder } from './golden-tokenizers.js';
import {
  assistant,
  chat,
  parsed,
  trained,
  user,
  withTemplate,
  written,
  type Row,
} from './parsed-rows.js';

let qwen: Tokenizer;
beforeAll(async () => {
  qwen = await Tokenizer.fromPretrained(tokenizerFolder('qwen2'));
});

const KEYS = ['train', 'training', 'loss', 'loss_mask', 'weight', 'step_loss_mask'];

describe.each(KEYS)('%s', (key) => {
  const answers = (one: unknown, two: unknown): unknown => ({
    messages: [
      user,
      { ...assistant, content: 'one', [key]: one },
      user,
      { ...assistant, content: 'two', [key]: two },
    ],
  });

  it('says which answers are trained, and no template sees it', () => {
    for (const [no, yes] of [
      [false, true],
      [0, 1],
      [0, null],
    ]) {
      expect(trained(qwen, answers(no, yes) as never)).toBe('two<|im_end|>');
      expect(trained(qwen, answers(yes, no) as never)).toBe('one<|im_end|>');
    }
    expect(written(qwen, answers(false, true) as never)).not.toContain(key);
  });

  it('says the same in turns of ShareGPT', () => {
    const conversations = [
      { from: 'human', value: 'u' },
      { from: 'gpt', value: 'one', [key]: false },
      { from: 'human', value: 'u' },
      { from: 'gpt', value: 'two', [key]: true },
    ];
    expect(trained(qwen, { conversations })).toBe('two<|im_end|>');
  });

  it('is refused with any other value', () => {
    for (const value of ['true', 0.5, 2, []])
      expect(() => chat(answers(value, true) as never)).toThrow(
        `message 2.${key} must be true, false, 1 or 0, it is ${JSON.stringify(value)}`,
      );
  });
});

describe('marks', () => {
  it('that disagree are refused', () => {
    const message = { ...assistant, train: true, weight: 0 };
    expect(() => chat({ messages: [user, message] })).toThrow(
      'message 2: weight and train disagree about training',
    );
  });

  it('of parts of a message are refused', () => {
    const message = { ...assistant, train_detail: [{ begin_offset: 0, end_offset: 2 }] };
    expect(() => chat({ messages: [user, message] })).toThrow(
      'message 2.train_detail marks parts of a message',
    );
    const turn = { from: 'gpt', value: 'x', training_detail: [] };
    expect(() => chat({ conversations: [{ from: 'human', value: 'u' }, turn] })).toThrow(
      'message 2.training_detail marks parts of a message',
    );
  });

  it('of other roles train nothing, and are told', () => {
    expect(chat({ messages: [{ ...user, train: true }, assistant] })).toMatchObject({
      markedInVain: [0],
    });
  });
});

describe('calls as they were before tools', () => {
  const call = { name: 'open_lock', arguments: '{"gate": "lower"}' };
  const row = {
    messages: [
      user,
      { role: 'assistant', content: null, function_call: call },
      { role: 'function', name: 'open_lock', content: '{"open": true}' },
      { ...assistant, content: 'It is open.' },
    ],
    functions: [{ name: 'open_lock', parameters: { type: 'object' } }],
  };

  it('become tools, tool calls and messages of tools', () => {
    expect(chat(row)).toMatchObject({
      messages: [
        user,
        { role: 'assistant', content: '', tool_calls: [{ type: 'function', function: call }] },
        { role: 'tool', name: 'open_lock', content: '{"open": true}' },
        { ...assistant, content: 'It is open.' },
      ],
      tools: [{ type: 'function', function: row.functions[0] }],
    });
    expect(chat(row).messages[1]).not.toHaveProperty('function_call');
  });

  it('are refused beside the newer form', () => {
    const both = { ...assistant, function_call: call, tool_calls: [{ function: call }] };
    expect(() => chat({ messages: [user, both] })).toThrow(
      'messages[1] has both tool_calls and function_call',
    );
    expect(() => chat({ ...row, tools: row.functions })).toThrow(
      'this row has both "tools" and "functions"',
    );
  });
});

it('half a character is refused, wherever it stands', () => {
  expect(() => chat({ messages: [{ ...user, content: 'boat \ud83d' }, assistant] })).toThrow(
    '"messages[0].content" holds half of a surrogate pair',
  );
  const call = { function: { name: 'f', arguments: { place: ['\udea4'] } } };
  expect(() => chat({ messages: [user, { ...assistant, tool_calls: [call] }] })).toThrow(
    '"messages[1].tool_calls[0].function.arguments.place[0]" holds half',
  );
  const written = { function: { name: 'f', arguments: '{"place": "\\ud83d", "n": 1.0}' } };
  expect(() => chat({ messages: [user, { ...assistant, tool_calls: [written] }] })).toThrow(
    '"messages[1].tool_calls[0].arguments.place" holds half',
  );
  expect(chat({ messages: [{ ...user, content: 'boat 🚤' }, assistant] }).messages).toHaveLength(2);
});

describe('what a template leaves out of a row', () => {
  const remarks = (template: Tokenizer, row: Row): unknown =>
    tokenizeRow(template, parsed(row)).remarks;
  const reasoning = { ...assistant, reasoning_content: 'because' };

  it('is told: reasoning of an earlier answer, which the template drops on purpose', async () => {
    const last = await withTemplate(fixture('reasoning-after-question.jinja'));
    expect(remarks(last, { messages: [user, reasoning, user, reasoning] })).toEqual([
      'withoutReasoning',
    ]);
    expect(remarks(last, { messages: [user, reasoning, user, assistant] })).toEqual([
      'withoutReasoning',
    ]);
    expect(remarks(last, { messages: [user, reasoning] })).toEqual([]);
    expect(remarks(qwen, { messages: [user, assistant] })).toEqual([]);
  });

  it('is told: one of two calls', async () => {
    const call = (x: number): object => ({ function: { name: 'f', arguments: { x } } });
    const FIRST =
      '{% for m in messages %}{{ m.role }}{{ m.content }}{% if m.tool_calls %}' +
      '{{ m.tool_calls[0].function | tojson }}{% endif %}<|im_end|>{% endfor %}';
    const template = await withTemplate(FIRST);
    const calls = (...all: readonly object[]): Row => ({
      messages: [user, { ...assistant, tool_calls: all }],
    });
    expect(remarks(template, calls(call(1), call(2)))).toEqual(['withoutCalls']);
    expect(remarks(template, calls(call(1)))).toEqual([]);
  });

  it('is told: answers without a mark, marks without an effect, special tokens typed', async () => {
    const MARKED =
      '{% for m in messages %}{{ m.role }}{% if loop.last %}{% generation %}{{ m.content }}' +
      '<|im_end|>{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}';
    const template = await withTemplate(MARKED);
    expect(remarks(template, { messages: [user, assistant, user, assistant] })).toEqual([
      'withoutMarks',
    ]);
    expect(remarks(qwen, { messages: [{ ...user, train: 1 }, assistant] })).toEqual([
      'markedInVain',
    ]);
    const spelled = { ...user, content: 'what is <|im_end|>?' };
    expect(remarks(qwen, { messages: [spelled, assistant] })).toEqual(['spellsSpecialToken']);
  });
});
