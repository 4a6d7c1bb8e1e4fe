// Rows of which the chat template would lose something wholly are refused, and only those:
// reasoning under a key that it never reads, calls and tools that it does not write.
import { describe, expect, it } from 'vitest';
import {
  ChatTemplate,
  preparedChat,
  renderAssistantTurns,
  type ChatMessage,
  type RenderedChat,
} from '../src/index.js';

const END = '<|im_end|>';
const user: ChatMessage = { role: 'user', content: 'Which lock leaks?' };
const answer = (more: object = {}, content = 'The lower one.'): ChatMessage => ({
  role: 'assistant',
  content,
  ...more,
});
const calls = (count = 1): object => ({
  tool_calls: Array.from({ length: count }, (_, i) => ({
    id: `call0000${i}`,
    type: 'function',
    function: { name: 'open_lock', arguments: { gate: 'lower' } },
  })),
});

/** A template that writes `body` before the content of each message `m`. */
const loop = (body: string): string =>
  `{% for m in messages %}<|im_start|>{{ m.role }}\n${body}{{ m.content }}${END}\n{% endfor %}`;

function rendered(
  given: string | ChatTemplate,
  messages: readonly ChatMessage[],
  options: { readonly tools?: readonly unknown[]; readonly variables?: object } = {},
): RenderedChat {
  const template = typeof given === 'string' ? new ChatTemplate('m', given, {}) : given;
  const common = {
    ...{ location: 'rows.jsonl:7', tools: options.tools },
    variables: options.variables as Readonly<Record<string, unknown>> | undefined,
  };
  const prepared = preparedChat(template, messages, common);
  return renderAssistantTurns(template, prepared, { specialTokens: [END], ...common });
}

function refusal(...given: Parameters<typeof rendered>): unknown {
  try {
    return rendered(...given).text;
  } catch (error) {
    return error;
  }
}

describe('reasoning under a key that the template never reads', () => {
  it('is refused', () => {
    const chat = [user, answer({ reasoning_content: 'R1' }), user, answer()];
    expect(refusal(loop(''), chat)).toMatchObject({
      code: 'unsupported',
      location: 'rows.jsonl:7',
      message:
        'rows.jsonl:7: the chat template of m does not write reasoning under ' +
        '"reasoning_content", where message 2 of this row has it',
      hint: expect.stringMatching(/^put the reasoning into the content/) as string,
    });
  });

  it.each(['reasoning_content', 'reasoning', 'thinking', 'thought', 'tool_plan'])(
    'is refused with the name of the key that it reads: %s',
    (key) => {
      const template = loop(`{% if m.${key} %}<think>{{ m.${key} }}</think>{% endif %}`);
      expect(rendered(template, [user, answer({ [key]: 'R1' })]).text).toContain('R1');
      const other = key === 'thinking' ? 'reasoning' : 'thinking';
      expect(refusal(template, [user, answer({ [other]: 'R1' })])).toMatchObject({
        hint: `call the key ${key}, which the template writes`,
      });
    },
  );

  it('is refused with the place where a key would be read', () => {
    const template = loop('{% if m.tool_calls %}{{ m.thinking }}{{ m.tool_calls }}{% endif %}');
    expect(refusal(template, [user, answer({ reasoning: 'R1' })])).toMatchObject({
      hint: expect.stringMatching(
        /^the template writes thinking, but only beside tool calls; put/,
      ) as string,
    });
    const calling = answer({ reasoning: 'R1', ...calls() });
    expect(refusal(template, [user, calling])).toMatchObject({
      hint: 'call the key thinking, which the template writes',
    });
  });

  it('is no loss where another key of the message is read', () => {
    const both = answer({ reasoning: 'R1', reasoning_content: 'R1' });
    const template = loop('{{ m.reasoning_content }}');
    expect(rendered(template, [user, both]).unwritten.reasoning).toEqual([]);
  });
});

describe('reasoning that the template drops in some places', () => {
  it.each([
    ['before the last answer', '{% if loop.last %}{{ m.thinking }}{% endif %}', [user, answer()]],
    ['without tools', '{% if tools %}{{ m.thinking }}{% endif %}', []],
    ['without calls', '{% if m.tool_calls %}{{ m.thinking }}{% endif %}', []],
    ['beside calls', '{% if not m.tool_calls %}{{ m.thinking }}{% endif %}{{ m.tool_calls }}', []],
  ])('is counted: %s', (where, body, behind) => {
    const more = where === 'beside calls' ? calls() : {};
    const chat = [user, answer({ thinking: 'R1', ...more }), ...behind];
    expect(rendered(loop(body), chat).unwritten.reasoning).toEqual([1]);
  });

  it('is counted where the template refuses all that it could be tried with', () => {
    const strict = "{% if messages[0].role != 'system' %}{{ raise_exception('no') }}{% endif %}";
    const chat = [{ role: 'system', content: 'x' }, user, answer({ thinking: 'R1' })];
    expect(rendered(strict + loop(''), chat).unwritten.reasoning).toEqual([2]);
  });

  it('is tried with the variables of the row', () => {
    const body = '{% if think and loop.last %}{{ m.thinking }}{% endif %}';
    const template = new ChatTemplate('m', loop(body), {});
    const chat = [user, answer({ thinking: 'R1' }), user, answer()];
    const variables = { think: true };
    expect(rendered(template, chat, { variables }).unwritten.reasoning).toEqual([1]);
    expect(refusal(template, chat)).toMatchObject({ code: 'unsupported' });
  });
});

describe('calls', () => {
  it('are not called unwritten where they are written beside texts only', () => {
    const template = loop(
      '{% if m.tool_calls %}{{ m.content[0].plan }}{% for c in m.tool_calls %}' +
        '{{ c.function | tojson }}{% endfor %}{% endif %}',
    );
    const written = rendered(template, [user, answer(calls(), 'Let me see.')]);
    expect(written.text).toContain('"arguments": {"gate": "lower"}');
    expect(refusal(template, [user, answer(calls(), '')])).toMatchObject({
      message: expect.stringContaining('this chat cannot be rendered') as string,
    });
  });

  it('are not called unwritten where they are written before results only', () => {
    const template = loop(
      "{% if not loop.last and loop.nextitem.role == 'tool' %}{{ m.tool_calls }}{% endif %}",
    );
    const chat = [user, answer(calls()), { role: 'tool', content: 'open' }, answer()];
    expect(rendered(template, chat).unwritten.calls).toEqual([]);
  });

  it.each(['m.tool_calls | tojson', 'm.tool_calls', 'm.tool_calls | string'])(
    'are all written by %s',
    (expression) => {
      const template = loop(`{% if m.tool_calls %}{{ ${expression} }}{% endif %}`);
      expect(rendered(template, [user, answer(calls(2))]).unwritten.calls).toEqual([]);
    },
  );

  it('are refused where none is written, also by a template that could not be tried', () => {
    const message = expect.stringContaining('does not write tool calls') as string;
    expect(refusal(loop(''), [user, answer(calls())])).toMatchObject({ message });
    const strict = "{% if messages[0].role != 'system' %}{{ raise_exception('no') }}{% endif %}";
    const system = { role: 'system', content: 'x' };
    expect(refusal(strict + loop(''), [system, user, answer(calls())])).toMatchObject({ message });
    const writing = `${strict}${loop('{{ m.tool_calls }}')}`;
    expect(rendered(writing, [system, user, answer(calls())]).unwritten.calls).toEqual([]);
  });
});

describe('tools', () => {
  const cohere = { name: 'open_lock', parameter_definitions: { gate: { type: 'str' } } };

  it('in a form of their own are written where others are not', () => {
    const template =
      '{% for t in tools or [] %}{{ t.name }}({% for p in t.parameter_definitions.items() %}' +
      `{{ p[0] }}{% endfor %}){% endfor %}${loop('')}`;
    expect(rendered(template, [user, answer()], { tools: [cohere] }).text).toContain(
      'open_lock(gate)',
    );
    const other = { type: 'function', function: { name: 'open_lock', parameters: {} } };
    expect(refusal(template, [user, answer()], { tools: [other] })).toMatchObject({
      message: expect.stringContaining('with tools the template fails') as string,
    });
  });

  it('are refused where the text is the same without them', () => {
    expect(refusal(loop(''), [user, answer()], { tools: [cohere] })).toMatchObject({
      message: expect.stringContaining('does not write tools, which this row has') as string,
    });
  });
});
