// What a template is given of a row: text parts as it takes them, role by role.
import { describe, expect, it } from 'vitest';
import { ChatTemplate, preparedChat, type ChatMessage } from '../src/index.js';
import { assistant, trained, user, withTemplate } from './parsed-rows.js';

const parts = (...texts: readonly string[]): readonly object[] =>
  texts.map((text) => ({ type: 'text', text }));
const said = (role: string, ...texts: readonly string[]): ChatMessage => ({
  role,
  content: parts(...texts),
});
const contents = (text: string, ...messages: readonly ChatMessage[]): readonly unknown[] =>
  preparedChat(new ChatTemplate('m', text, {}), messages, { location: 'row' }).map(
    ({ content }) => content,
  );
const loop = (content: string): string =>
  `{% for m in messages %}<|im_start|>{{ m.role }}\n${content}<|im_end|>\n{% endfor %}`;

const PARTS =
  '{% if m.content is string %}{{ m.content }}{% else %}{% for part in m.content %}' +
  '{{ part.text }}{% endfor %}{% endif %}';

describe('text parts', () => {
  it('are joined for a template that takes texts, with nothing between them', async () => {
    const prompt = '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';
    const tokenizer = await withTemplate(loop("{{ '' + m.content }}") + prompt);
    const row = {
      messages: [said('user', 'Which lock ', 'leaks?'), said('assistant', 'The ', 'lower one.')],
    };
    expect(trained(tokenizer, row)).toBe('The lower one.<|im_end|>');
  });

  it('are joined where the template would write the list', () => {
    for (const written of [
      '{{ m.content }}',
      '{{ m.content | string }}',
      '{{ m.content | tojson }}',
    ])
      expect(contents(loop(written), said('user', 'a ', 'b'), assistant)).toEqual([
        'a b',
        assistant.content,
      ]);
  });

  it('stay parts where a template writes one as it writes its text', () => {
    const [content] = contents(loop(PARTS), said('user', 'a ', 'b'));
    expect(content).toEqual(parts('a ', 'b'));
  });

  it('are joined for the roles that need it', () => {
    const template = loop(
      `{% if m.role == 'user' %}${PARTS}{% else %}{{ m.content + '' }}{% endif %}`,
    );
    const chat = ['system', 'user', 'assistant', 'tool', 'developer'].map((role) =>
      said(role, 'a', 'b'),
    );
    expect(contents(template, ...chat)).toEqual(['ab', parts('a', 'b'), 'ab', 'ab', 'ab']);
  });

  it('are joined where the template strips texts and not parts', () => {
    const template = loop(PARTS.replace('{{ m.content }}', '{{ m.content | trim }}'));
    expect(contents(template, said('user', ' a', 'b'))).toEqual([' ab']);
  });

  it('stay parts where the template refuses a text of that role, or loses it', () => {
    const refusing = loop(
      "{% if m.content is string and m.role == 'user' %}{{ raise_exception('parts only') }}" +
        `{% endif %}${PARTS}`,
    );
    expect(contents(refusing, said('user', 'a', 'b'))).toEqual([parts('a', 'b')]);
    const losing = loop(
      "{% for part in m.content | selectattr('type', 'equalto', 'text') %}" +
        '{{ part.text }}{% endfor %}',
    );
    expect(contents(losing, said('user', 'a', 'b'))).toEqual([parts('a', 'b')]);
  });

  it('are not joined with parts of other kinds', () => {
    const picture = { role: 'user', content: [...parts('a'), { type: 'image' }] };
    expect(contents(loop('{{ m.content }}'), picture)).toEqual([picture.content]);
  });

  it('added to a text are an error, as in Python', () => {
    const template = new ChatTemplate('m', loop("{{ 'x' + m.content }}"), {});
    expect(() => template.render([said('user', 'a'), user])).toThrow(
      "unsupported operand type(s) for +: 'str' and 'list'",
    );
  });
});
