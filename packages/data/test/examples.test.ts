// What rows of the usual kinds ask to be trained on, what a template is given, and which rows are
// refused.
import { beforeAll, describe, expect, it } from 'vitest';
import {
  parseExample,
  readTokenizerFiles,
  Tokenizer,
  tokenizeExample,
  type ChatExample,
  type CompletionExample,
  type ExampleFormat,
  type TokenizeOptions,
} from '../src/index.js';
import { tokenizerFolder } from './golden-tokenizers.js';

type Row = Record<string, unknown>;
const source = { file: 'rows.jsonl', row: 7 };
const example = (row: Row, format?: ExampleFormat): ReturnType<typeof parseExample> =>
  parseExample(row, source, format);
const chat = (row: Row, format?: ExampleFormat): ChatExample => example(row, format) as ChatExample;
const completion = (row: Row, format?: ExampleFormat): CompletionExample =>
  example(row, format) as CompletionExample;
const user = { role: 'user', content: 'u' };
const assistant = { role: 'assistant', content: 'a' };

let qwen: Tokenizer;
let unigram: Tokenizer;
const withTemplate = async (template: string): Promise<Tokenizer> =>
  new Tokenizer({
    ...(await readTokenizerFiles(tokenizerFolder('qwen2'))),
    chatTemplates: new Map([['default', template]]),
  });
beforeAll(async () => {
  [qwen, unigram] = await Promise.all([
    Tokenizer.fromPretrained(tokenizerFolder('qwen2')),
    Tokenizer.fromPretrained(tokenizerFolder('unigram')),
  ]);
});
const trained = (
  tokenizer: Tokenizer,
  row: Row,
  options: TokenizeOptions = {},
  format?: ExampleFormat,
): string => {
  const { labels } = tokenizeExample(tokenizer, example(row, format), options).sample;
  return tokenizer.decode([...labels].filter((label) => label !== -100));
};
const written = (
  tokenizer: Tokenizer,
  row: Row,
  options: TokenizeOptions = {},
  format?: ExampleFormat,
): string =>
  tokenizer.decode(tokenizeExample(tokenizer, example(row, format), options).sample.inputIds);

describe('chats', () => {
  it('leave out keys that are null, and take lists written as JSON text', () => {
    expect(
      chat({
        messages: [
          { ...user, name: null, tool_calls: null },
          { ...assistant, reasoning_content: null },
        ],
        tools: null,
      }).messages,
    ).toEqual([user, assistant]);
    expect(chat({ messages: JSON.stringify([user, assistant]), tools: '[]' })).toMatchObject({
      messages: [user, assistant],
      tools: undefined,
    });
  });

  it('become messages from ShareGPT conversations', () => {
    const conversations = [
      { from: 'human', value: 'q' },
      { from: 'function_call', value: '{"name": "f", "arguments": {"x": 1}}' },
      { from: 'observation', value: '2' },
      { from: 'gpt', value: 'done' },
    ];
    const tools = [{ type: 'function', function: { name: 'f' } }];
    expect(chat({ conversations, system: 's', tools: JSON.stringify(tools) })).toMatchObject({
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'q' },
        {
          role: 'assistant',
          content: '',
          tool_calls: [{ type: 'function', function: { name: 'f', arguments: { x: 1 } } }],
        },
        { role: 'tool', content: '2' },
        { role: 'assistant', content: 'done' },
      ],
      tools,
    });
    expect(chat({ conversations: [user, assistant] }, { type: 'chat' }).messages).toEqual([
      user,
      assistant,
    ]);
    expect(
      chat(
        {
          dialogue: [
            { from: 'user', value: 'u' },
            { from: 'assistant', value: 'a' },
          ],
        },
        { columns: { conversations: 'dialogue' } },
      ).messages,
    ).toEqual([user, assistant]);
  });

  it('train no message of weight 0', () => {
    const row = {
      messages: [
        user,
        { ...assistant, content: 'one', weight: 0 },
        user,
        { ...assistant, content: 'two', weight: 1 },
        user,
        { ...assistant, content: 'three', step_loss_mask: 0 },
      ],
    };
    expect(trained(qwen, row)).toBe('two<|im_end|>');
    expect(written(qwen, row)).not.toContain('weight');
    expect(
      trained(qwen, {
        conversations: [
          { from: 'human', value: 'u' },
          { from: 'gpt', value: 'one', weight: 0 },
          { from: 'human', value: 'u' },
          { from: 'gpt', value: 'two' },
        ],
      }),
    ).toBe('two<|im_end|>');
  });

  const THINKING =
    '{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.reasoning_content %}<think>\n{{ ' +
    'm.reasoning_content }}\n</think>\n\n{% endif %}{{ m.content }}<|im_end|>\n{% endfor %}{% if ' +
    'add_generation_prompt %}<|im_start|>assistant\n{% endif %}';

  it('train no reasoning where it is masked', async () => {
    const tokenizer = await withTemplate(THINKING);
    const row = {
      messages: [
        user,
        { ...assistant, content: 'one', reasoning_content: 'because' },
        user,
        { ...assistant, content: '<think>hm</think>two' },
      ],
    };
    expect(trained(tokenizer, row)).toBe(
      '<think>\nbecause\n</think>\n\none<|im_end|><think>hm</think>two<|im_end|>',
    );
    expect(trained(tokenizer, row, { maskReasoning: true })).toBe('one<|im_end|>two<|im_end|>');
    expect(trained(tokenizer, row, { maskReasoning: true, maskHistory: true })).toBe(
      'two<|im_end|>',
    );
  });
});

describe('tool calls', () => {
  const head =
    '{% if tools %}{{ tools | tojson }}\n{% endif %}{% for m in messages %}<|im_start|>{{ m.role ' +
    '}}\n{{ m.content }}{% for c in m.tool_calls or [] %}';
  const tail =
    '{% endfor %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% ' +
    'endif %}';
  const AS_JSON = `${head}{{ c.function.name }} {{ c.function.arguments | tojson }}${tail}`;
  const AS_TEXT = `${head}{{ c.function.name + ' ' + c.function.arguments }}${tail}`;
  const EITHER =
    `${head}{% if c.function.arguments is string %}{{ c.function.arguments }}{% else %}{{ ` +
    `c.function.arguments | tojson }}{% endif %}${tail}`;
  const WITHOUT =
    '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% ' +
    'if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';
  const row = (given: unknown, tools?: unknown): Row => ({
    messages: [
      user,
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'x', type: 'function', function: { name: 'f', arguments: given } }],
      },
    ],
    ...(tools === undefined ? {} : { tools }),
  });

  it('are given to a template in the form that it writes', async () => {
    for (const template of [AS_JSON, AS_TEXT]) {
      const tokenizer = await withTemplate(template);
      for (const given of [{ x: [1, 'ü'] }, '{"x": [1, "ü"]}'])
        expect(trained(tokenizer, row(given))).toBe('f {"x": [1, "ü"]}<|im_end|>');
    }
    expect(trained(await withTemplate(EITHER), row('{"x":  1.0}'))).toBe('{"x":  1.0}<|im_end|>');
  });

  it('and tools are refused where a template leaves them out', async () => {
    const tokenizer = await withTemplate(WITHOUT);
    expect(() => trained(tokenizer, row({ x: 1 }))).toThrow(
      /rows\.jsonl:7: the chat template of .* does not write tool calls, which this row has/,
    );
    const tools = [{ type: 'function', function: { name: 'g', parameters: {} } }];
    const broken = await withTemplate(
      `{% if tools %}{{ raise_exception('no tools here') }}{% endif %}${WITHOUT}`,
    );
    expect(() => trained(tokenizer, { messages: [user, assistant], tools })).toThrow(
      'does not write tools, which this row has',
    );
    expect(written(await withTemplate(AS_JSON), { messages: [user, assistant], tools })).toContain(
      '"name": "g"',
    );
    expect(() => trained(broken, { messages: [user, assistant], tools })).toThrow(
      /with tools the template fails: .*no tools here/,
    );
  });

  it('may be looped over where a message has none, as in Jinja', async () => {
    const tokenizer = await withTemplate(AS_JSON.replace(' or []', ''));
    expect(trained(tokenizer, row({ x: 1 }))).toBe('f {"x": 1}<|im_end|>');
    expect(trained(tokenizer, { messages: [user, assistant] })).toBe(
      trained(await withTemplate(AS_JSON), { messages: [user, assistant] }),
    );
  });

  it('are made of xLAM rows', () => {
    const xlam = {
      id: 3,
      query: 'q',
      answers: '[{"name": "f", "arguments": {"n": 2}}]',
      tools:
        '[{"name": "f", "description": "d", "parameters": {"n": {"type": "int", "description": ' +
        '"e"}, "m": {"type": "Dict", "description": "o", "default": 1}}}]',
    };
    const { messages, tools } = chat(xlam, { type: 'xlam' });
    expect(messages[1]?.['tool_calls']).toEqual([
      { id: 'call_3_0', type: 'function', function: { name: 'f', arguments: { n: 2 } } },
    ]);
    expect(tools).toEqual([
      {
        type: 'function',
        function: {
          name: 'f',
          description: 'd',
          parameters: {
            type: 'object',
            properties: {
              n: { type: 'integer', description: 'e' },
              m: { type: 'string', description: 'o', default: 1 },
            },
            required: ['n'],
          },
        },
      },
    ]);
  });
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
    const format: ExampleFormat = {
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
    expect(example({ text: 't', messages: 'x' }, { type: 'text' })).toMatchObject({
      kind: 'text',
      text: 't',
    });
    expect(() => example({ text: 't', messages: [user, assistant] })).toThrow(
      'rows.jsonl:7: this row fits several formats: messages; text',
    );
  });
});

describe('refused rows', () => {
  const calls = (call: unknown): Row => ({
    messages: [user, { role: 'assistant', content: '', tool_calls: [call] }],
  });
  it.each<[string, Row, string, ExampleFormat?]>([
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
      'message 2: "weight" must be 0 or 1, it is 0.5',
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
      'a number that cannot be kept',
      calls({ function: { name: 'f', arguments: { id: 2 ** 60 } } }),
      'holds the number 1152921504606847000, which has more digits',
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
    expect(() => example(row, format)).toThrow(
      expect.objectContaining({
        code: 'bad-data',
        location: 'rows.jsonl:7',
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });
});
