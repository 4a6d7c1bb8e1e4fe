import { beforeAll, describe, expect, it } from 'vitest';
import {
  ChatTemplate,
  previewLabels,
  renderAssistantTurns,
  Tokenizer,
  tokenizeRow,
  type ChatMessage,
} from '../src/index.js';
import { IGNORE_INDEX, labelText } from '../src/labels/label-text.js';
import { tokenizerFolder } from './golden-tokenizers.js';
import { fixture } from './fixture.js';

const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string, more: object = {}): ChatMessage => ({
  role: 'assistant',
  content,
  ...more,
});
const system = (content: string): ChatMessage => ({ role: 'system', content });

/** Like Qwen3: reasoning is written in the last turn only, tools and tool calls as JSON. */
const REASONING = fixture('reasoning-last-turn.jinja');

const trainedTexts = (
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  more: object = {},
): string[] => {
  const { text, turns } = renderAssistantTurns(template, messages, {
    specialTokens: ['<|im_end|>', '</s>'],
    location: 'rows.jsonl:7',
    ...more,
  });
  return turns.map(({ spans }) =>
    spans.map((span) => text.slice(span.start, span.end)).join(' ... '),
  );
};

describe('renderAssistantTurns', () => {
  const template = new ChatTemplate('qwen3-like', REASONING, {});
  const chat = [system('Be brief.'), user('2+2?'), assistant('4'), user('3+3?'), assistant('6')];

  it('trains every turn, also where the template drops reasoning from earlier ones', () => {
    expect(trainedTexts(template, chat)).toEqual([
      '4<|im_end|>',
      '<think>\n\n</think>\n\n6<|im_end|>',
    ]);
  });

  it.each([[undefined], [[{ type: 'function', function: { name: 'add' } }]]])(
    'hands further variables to the template, with tools %j',
    (tools) => {
      const asking = new ChatTemplate(
        'asking',
        '{% if tools %}{{ tools | length }}{% endif %}' +
          '{% for m in messages %}{{ m.content }}{{ mood }}{{ eos_token }}{% endfor %}',
        { eos_token: '</s>' },
      );
      const rendered = renderAssistantTurns(asking, [user('2+2?'), assistant('4')], {
        specialTokens: ['</s>'],
        location: 'rows.jsonl:7',
        variables: { mood: '!' },
        tools,
      });
      expect(rendered.text).toBe(`${tools === undefined ? '' : '1'}2+2?!</s>4!</s>`);
    },
  );

  it('trains the last turn alone with maskHistory, and turns from an index on', () => {
    expect(trainedTexts(template, chat, { maskHistory: true })).toEqual([
      '<think>\n\n</think>\n\n6<|im_end|>',
    ]);
    expect(trainedTexts(template, chat, { from: 3 })).toEqual([
      '<think>\n\n</think>\n\n6<|im_end|>',
    ]);
  });

  it('trains tool calls and shows tools to the template', () => {
    const call = { function: { name: 'weather', arguments: { city: 'Zürich <&>', days: 3 } } };
    const messages = [
      user('Weather?'),
      assistant('', { tool_calls: [call] }),
      { role: 'tool', content: 'sunny' },
      assistant('Sunny.'),
    ];
    const tools = [{ type: 'function', function: { name: 'weather' } }];
    expect(trainedTexts(template, messages, { tools })).toEqual([
      '<tool_call>\n{"name": "weather", "arguments": {"city": "Zürich <&>", "days": ' +
        '3}}\n</tool_call><|im_end|>',
      '<think>\n\n</think>\n\nSunny.<|im_end|>',
    ]);
    expect(template.render(messages, { tools })).toContain(
      '<|im_start|>system\n{"type": "function", "function": {"name": "weather"}}<|im_end|>\n',
    );
  });

  it('keeps the white space of a turn that no special token ends, and says so', () => {
    const plain = new ChatTemplate(
      'plain',
      `{% for m in messages %}{{ '### ' + m.role + ':\\n' + m.content + '\\n\\n' }}{% endfor ` +
        `%}{% if add_generation_prompt %}{{ '### assistant:\\n' }}{% endif %}`,
      {},
    );
    const { text, turns } = renderAssistantTurns(plain, [user('hi'), assistant('hello')], {
      specialTokens: ['</s>'],
      location: 'x:1',
    });
    expect(
      turns.map(({ spans, endToken }) => [
        ...spans.map((span) => text.slice(span.start, span.end)),
        endToken,
      ]),
    ).toEqual([['hello\n\n', undefined]]);
  });

  it('refuses a template that writes nothing for an answer, naming template and row', () => {
    const forgetful = new ChatTemplate(
      'forgetful',
      "{% for m in messages if m.role == 'user' %}{{ m.content }}{{ eos_token }}{% endfor %}",
      { eos_token: '</s>' },
    );
    expect(() => trainedTexts(forgetful, [user('a'), assistant('b')])).toThrow(
      'rows.jsonl:7: the chat template of forgetful does not show where ' +
        "the assistant's message 2 begins and ends: it writes nothing for this message",
    );
  });

  it('names the row when the template refuses a chat', async () => {
    const llama2 = await Tokenizer.fromPretrained(tokenizerFolder('llama2'));
    expect(() => trainedTexts(llama2.chatTemplate(), chat)).toThrow(
      /^rows\.jsonl:7: this chat cannot be rendered: .*only user and assistant turns/,
    );
  });

  it('trains an answer that nothing comes before from its header on', () => {
    expect(trainedTexts(template, [assistant('hello'), user('hi'), assistant('yes')])).toEqual([
      'hello<|im_end|>',
      '<think>\n\n</think>\n\nyes<|im_end|>',
    ]);
  });
});

describe('ChatTemplate', () => {
  it('formats the time as Python does, in the C locale', () => {
    const template = new ChatTemplate(
      'clock',
      `{{ strftime_now('%d %b %Y, %A %H:%M %p %-d%%') }} {{ messages[0].content }}`,
      {},
      () => new Date(2024, 6, 4, 15, 9),
    );
    expect(template.render([user('x')])).toBe('04 Jul 2024, Thursday 15:09 PM 4% x');
    expect(() =>
      new ChatTemplate('clock', `{{ strftime_now('%U') }}`, {}).render([user('x')]),
    ).toThrow('the format code "%U" is not supported');
  });

  it('gives special tokens, further variables and nothing for what is not defined', () => {
    const template = new ChatTemplate(
      't',
      `{{ bos_token }}{{ eos_token }}{{ 'on' if enable_thinking else 'off' }}{{ ' no tools' if ` +
        `tools is none }} {% for i in range(2, 5) %}{{ i }}{% endfor %}`,
      { bos_token: '<s>' },
    );
    expect(template.render([user('x')], { variables: { enable_thinking: false } })).toBe(
      '<s>off no tools 234',
    );
  });

  it('refuses an empty chat and a text that is no template', () => {
    expect(() => new ChatTemplate('t', 'x', {}).render([])).toThrow(
      't: a chat needs at least one message',
    );
    expect(() => new ChatTemplate('t', '{% if %}', {})).toThrow(
      'chat template of t:1:7: Expected an expression',
    );
  });
});

describe('labelText', () => {
  it('trains tokens that lie in a span or partly in one', async () => {
    const tokenizer = await Tokenizer.fromPretrained(tokenizerFolder('qwen2'));
    const text = 'one two three<|im_end|> four five';
    const tokens = ['one', ' two', ' th', 'ree', '<|im_end|>', ' f', 'our', ' f', 'ive'];
    const trained = (...spans: [number, number][]): string[] => {
      const { inputIds, labels } = labelText(
        tokenizer,
        text,
        spans.map(([start, end]) => ({ start, end })),
      );
      expect(inputIds.map((id) => tokenizer.decode([id]))).toEqual(tokens);
      return tokens.filter((_, i) => labels[i] !== IGNORE_INDEX);
    };
    expect(trained()).toEqual([]);
    expect(trained([0, text.length])).toEqual(tokens);
    expect(trained([0, 13])).toEqual(tokens.slice(0, 4));
    expect(trained([13, 23])).toEqual(['<|im_end|>']);
    expect(trained([22, 24])).toEqual(['<|im_end|>', ' f']);
    expect(trained([0, 3])).toEqual(['one']);
    expect(trained([3, 7])).toEqual([' two']);
    expect(trained([0, 3], [8, 9])).toEqual(['one', ' th']);
    expect(trained([0, 2], [2, 4])).toEqual(['one', ' two']);
    expect(trained([2, 8], [12, 24])).toEqual(tokens.slice(0, 6));
    expect(trained([28, 30])).toEqual([' f']);
  });
});

describe('previewLabels', () => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await Tokenizer.fromPretrained(tokenizerFolder('qwen2'));
  });

  it('shows the trained text, whole characters at a time', () => {
    const messages = [user('你好 🙂'), assistant('你好！🙂')];
    const { sample } = tokenizeRow(tokenizer, {
      kind: 'chat',
      messages,
      tools: undefined,
      trainedFrom: 0,
      source: { file: 'f', row: 1 },
    });
    const pieces = previewLabels(tokenizer, sample);
    expect(pieces.map((piece) => piece.text).join('')).toBe(tokenizer.decode(sample.inputIds));
    expect(pieces.flatMap((piece) => piece.tokenIds)).toEqual([...sample.inputIds]);
    expect(
      pieces
        .filter((piece) => piece.trained)
        .map((piece) => piece.text)
        .join(''),
    ).toBe('你好！🙂<|im_end|>');
    expect(pieces.some((piece) => piece.text.includes('\ufffd'))).toBe(false);
  });
});
