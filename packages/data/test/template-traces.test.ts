// Chats written from traces: the same text and the same turns as the template itself writes, in
// whatever order they come.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AutomodelError } from '@automodel/core';
import { ChatTemplate, renderAssistantTurns, type RenderOptions } from '../src/index.js';
import { shapeOf } from '../src/templates/chat-shape.js';
import type { ShapedChat } from '../src/templates/chat-template.js';
import { tokenizerFolder } from './golden-tokenizers.js';
import { fixture } from './fixture.js';
import { randomChat, randomSource } from './random-chats.js';

const golden = (name: 'qwen2' | 'llama2' | 'llama3' | 'gemma'): string =>
  readFileSync(`${tokenizerFolder(name)}/chat_template.jinja`, 'utf8');
const inEachMessage = (body: string): string =>
  `{% for m in messages %}<{{ m.role }}>${body}</s>{% endfor %}{% if add_generation_prompt ` +
  '%}<assistant>{% endif %}';

/** Runs the template each time. */
class UntracedTemplate extends ChatTemplate {
  override renderPieces(
    { messages }: ShapedChat,
    options?: RenderOptions,
    count?: number,
  ): ReturnType<ChatTemplate['renderPieces']> {
    return super.renderPieces({ messages, shape: undefined }, options, count);
  }
}

/** As Qwen 3 writes: reasoning only after the last question, which is found from the end. */
const REASONING = fixture('reasoning-after-question.jinja');

const TEMPLATES: readonly (readonly [name: string, text: string])[] = [
  ['qwen2', golden('qwen2')],
  ['llama2', golden('llama2')],
  ['llama3', golden('llama3')],
  ['gemma', golden('gemma')],
  ['reasoning', REASONING],
  ['the date', `{{ strftime_now('%d %b %Y') }}${inEachMessage('{{ m.content }}')}`],
  [
    'a macro',
    '{% macro show(m, loud=false) %}[{{ m.content | trim }}]{% endmacro ' +
      `%}${inEachMessage('{{ show(m) }}{% set shown = show(m) + m.content %}{{ shown.strip() }}')}`,
  ],
  [
    'a question about a macro',
    '{% macro show(m) %}[{{ m.content }}]{% endmacro ' +
      `%}${inEachMessage("{{ 'yes' if '[ ' in show(m) else 'no' }}")}`,
  ],
  [
    'a caller',
    '{% macro quote() %}"{{ caller() }}"{% endmacro ' +
      `%}${inEachMessage('{% call quote() %}{{ m.content }}{% endcall %}')}`,
  ],
  [
    'equality',
    inEachMessage(
      "{% if m.content == 'yes' or m.content != messages[0].content %}y{% endif %}{{ m.content " +
        "== none }}{{ m.content ~ ' ' ~ m.role }}",
    ),
  ],
  [
    'emptiness',
    inEachMessage(
      "{{ m.content or 'nothing' }}{{ m.content | default('none', true) }}{% if not m.content | " +
        'trim %}blank{% endif %}',
    ),
  ],
  [
    'a break',
    inEachMessage("{% if m.content.endswith('!') %}{% continue %}{% endif %}{{ m.content }}"),
  ],
  [
    'a prompt within the loop',
    '{% for m in messages %}<{{ m.role }}>{{ m.content }}</s>' +
      '{% if loop.last and add_generation_prompt %}<assistant>{% endif %}{% endfor %}',
  ],
  ['a name', inEachMessage('{{ m.name }}{{ m.content }}')],
  [
    'the first content later',
    '{% set ns = namespace(first=messages[0].content) ' +
      `%}${inEachMessage('{{ ns.first + m.content if loop.last else m.content }}')}`,
  ],
  ['the last content first', `{{ messages[-1].content }}${inEachMessage('{{ m.content }}')}`],
  [
    'turns that go away',
    `{% for m in messages %}{% if loop.last or m.role == 'user' %}<{{ m.role }}>{{ m.content ` +
      `}}</s>{% endif %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}`,
  ],
];

const outcome = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof AutomodelError)) throw error;
    return error.message;
  }
};

describe.each(TEMPLATES)('%s', (name, text) => {
  const now = (): Date => new Date(2026, 10, 23);
  const special = { bos_token: '<s>', eos_token: '</s>' };
  const specialTokens = ['<s>', '</s>', '<|im_end|>', '<|eot_id|>', '<end_of_turn>'];

  it('is written from traces as by the template itself, with the same turns', () => {
    const below = randomSource(99);
    const template = new ChatTemplate(name, text, special, now);
    const untraced = new UntracedTemplate(name, text, special, now);
    for (let i = 0; i < 80; i++) {
      const messages = randomChat(below);
      const options: RenderOptions = { addGenerationPrompt: i % 3 === 0 };
      expect(
        outcome(() => template.render(messages, options)),
        JSON.stringify(messages),
      ).toEqual(outcome(() => untraced.render(messages, options)));
      const turns = {
        specialTokens,
        location: 'rows:1',
        maskHistory: i % 5 === 0,
        untrained: i % 7 === 0 ? [1] : undefined,
      };
      expect(
        outcome(() => renderAssistantTurns(template, messages, turns)),
        JSON.stringify(messages),
      ).toEqual(outcome(() => renderAssistantTurns(untraced, messages, turns)));
    }
  });
});

describe('traces', () => {
  it('follow the clock, the variables and the roles', () => {
    let day = 1;
    const template = new ChatTemplate(
      't',
      `{{ strftime_now('%d') }}{{ mood }}${inEachMessage('{{ m.content }}')}`,
      {},
      () => new Date(2026, 0, day),
    );
    const [calm, wild] = [{ mood: 'calm' }, { mood: 'wild' }];
    const said = (role: string, variables: Record<string, unknown>): string =>
      template.render([{ role, content: 'x' }], { variables });
    for (let i = 0; i < 4; i++) {
      day = 1 + (i % 2);
      expect(said('user', calm)).toBe(`0${day}calm<user>x</s>`);
      expect(said('assistant', wild)).toBe(`0${day}wild<assistant>x</s>`);
    }
  });

  it('are not made of keys that look like others', () => {
    const template = new ChatTemplate('t', inEachMessage('{{ m.content }}{{ m.a }}'), {});
    for (let i = 0; i < 3; i++) {
      expect(template.render([{ role: 'user', content: 'c', a: 'A' }])).toBe('<user>cA</s>');
      expect(template.render([{ role: 'user', a: 'A', content: 'c' }])).toBe('<user>cA</s>');
      expect(
        template.render([
          { role: 'user', content: 'c' },
          { role: 'a', content: 'A' },
        ]),
      ).toBe('<user>c</s><a>A</s>');
    }
    expect(shapeOf([{ role: 'a', content: new Map() }])).toBeUndefined();
  });
});
