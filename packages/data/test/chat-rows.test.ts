// What chats and tool calls ask to be trained on, and what a template is given.
import { beforeAll, describe, expect, it } from 'vitest';
import { Tokenizer, tokenizeRow } from '../src/index.js';
import { tokenizerFolder } from './golden-tokenizers.js';
import { assistant, chat, trained, user, withTemplate, written, type Row } from './parsed-rows.js';

let qwen: Tokenizer;
beforeAll(async () => {
  qwen = await Tokenizer.fromPretrained(tokenizerFolder('qwen2'));
});

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
    // What the template writes around reasoning stays.
    expect(trained(tokenizer, row, { maskReasoning: true })).toBe(
      '<think>\n\n</think>\n\none<|im_end|>two<|im_end|>',
    );
    expect(trained(tokenizer, row, { maskReasoning: true, maskHistory: true })).toBe(
      'two<|im_end|>',
    );
  });
});

describe('a chat whose template does not end the last answer', () => {
  const OPEN =
    '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% if not loop.last %}' +
    '<|im_end|>\n{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n' +
    '{% endif %}';
  const row = { messages: [user, { ...assistant, content: 'one' }] };

  it('stays as it is, or gets eos where that is asked for', async () => {
    const tokenizer = await withTemplate(OPEN);
    expect(trained(tokenizer, row)).toBe('one');
    const eos = tokenizer.idToToken(tokenizer.eosTokenId ?? -1);
    expect(trained(tokenizer, row, { appendEos: true })).toBe(`one${eos}`);
    expect(tokenizeRow(tokenizer, chat(row)).endOfTurnTrained).toBe(false);
    expect(tokenizeRow(tokenizer, chat(row), { appendEos: true }).endOfTurnTrained).toBe(true);
  });

  it('gets no eos where the template ends it', () => {
    expect(trained(qwen, row, { appendEos: true })).toBe('one<|im_end|>');
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
