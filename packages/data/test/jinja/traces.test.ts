// A trace writes what the template writes: for templates in the style of published ones and random
// chats of the same shape, the same text, pieces and marks, or nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { AutomodelError } from '@automodel/core';
import { describe, expect, test } from 'vitest';
import {
  compile,
  fromJavaScript,
  List,
  track,
  trackedTexts,
  type Rendering,
  type Template,
  type Text,
  type Trace,
  type Value,
} from '../../src/jinja/index.js';
import type { ChatMessage } from '../../src/index.js';
import { randomChat, randomSource } from '../random-chats.js';

const folder = new URL('templates/', import.meta.url);
const TEMPLATES = readdirSync(folder).map(
  (file) => [file, readFileSync(new URL(file, folder), 'utf8')] as const,
);

interface Prepared {
  readonly variables: ReadonlyMap<string, Value>;
  readonly slots: readonly Text[];
  readonly contents: readonly string[];
  /** What a trace depends on beside the contents. */
  readonly shape: string;
}

function prepare(messages: readonly ChatMessage[], prompt: boolean): Prepared {
  const values = messages.map((message, i) => track(fromJavaScript(message), i));
  const slots = values
    .flatMap(trackedTexts)
    .filter(({ origin }) => !/^(role|.*(name|type))$/.test(origin?.key ?? ''));
  const shape = messages.map(
    (message) => `${message.role}:${String(message['name'])}:${Object.keys(message).join()}`,
  );
  return {
    variables: new Map<string, Value>([
      ['messages', new List(values)],
      ['add_generation_prompt', prompt],
      ['bos_token', '<s>'],
      ['eos_token', '</s>'],
    ]),
    slots,
    contents: slots.map(({ text }) => text),
    shape: `${shape.join(' ')}${prompt}`,
  };
}

const OPTIONS = { strftimeNow: (format: string): string => `(${format})` };

/** Undefined where the template refuses the chat. */
function render(template: Template, { variables }: Prepared): Rendering | undefined {
  try {
    return template.render(variables, OPTIONS);
  } catch (error) {
    if (error instanceof AutomodelError && error.code === 'bad-data') return undefined;
    throw error;
  }
}

/** How many chats were written by a trace of another, of how many that the template takes. */
function compareAll(template: Template): { readonly taken: number; readonly applied: number } {
  const below = randomSource(7);
  const traces = new Map<string, Trace[]>();
  let [taken, applied] = [0, 0];
  for (let i = 0; i < 150; i++) {
    const chat = prepare(randomChat(below), i % 3 === 0);
    const rendering = render(template, chat);
    const known = traces.get(chat.shape) ?? [];
    const written = known
      .map((trace) => trace.apply(chat.contents))
      .find((each) => each !== undefined);
    if (written !== undefined) {
      expect(written).toEqual(rendering);
      applied++;
    }
    if (rendering === undefined) continue;
    taken++;
    if (written !== undefined) continue;
    const traced = template.trace(chat.variables, chat.slots, OPTIONS);
    expect(traced.rendering).toEqual(rendering);
    expect(traced.trace?.apply(chat.contents)).toEqual(rendering);
    if (traced.trace !== undefined) traces.set(chat.shape, [...known, traced.trace]);
  }
  return { taken, applied };
}

test('there are templates in the style of published ones', () => {
  expect(TEMPLATES.length).toBe(31);
});

/**
 * It goes through the characters of each content: a trace holds for contents of the same length.
 */
const SELDOM = 'llama32-vision.jinja';

describe.each(TEMPLATES)('%s', (file, source) => {
  test('a trace writes what the template writes', () => {
    const { taken, applied } = compareAll(compile(file, source));
    expect(taken).toBeGreaterThan(40);
    if (file !== SELDOM) expect(applied).toBeGreaterThan(taken / 8);
  });
});

describe('what a template can do with contents', () => {
  const each = (body: string): string => `{% for m in messages %}<${body}>{% endfor %}`;
  test.each([
    ['capitals', each('{{ m.content|upper }}{{ m.content.title() }}')],
    ['a length', each('{% if m.content|length > 3 %}{{ m.content }}{% endif %}')],
    ['json', each('{{ m|tojson }}{{ m.content|tojson(ensure_ascii=true) }}')],
    ['a whole message', each('{{ m }}')],
    ['slices', each('{{ m.content[1:] }}{{ m.content[::-1] }}{{ m.content[:3] }}')],
    ['a character', each('{{ m.content[0] }}{{ m.content[0] is defined }}')],
    ['a replacement', each("{{ m.content.replace('a', 'b') }}{{ m.content|replace('e', '') }}")],
    [
      'a block that is kept',
      each("{% set t %}[{{ m.content }}]{% endset %}{{ t|upper }}{{ 'x' if 'a' in t }}"),
    ],
    ['a filtered block', each('{% filter upper %}{{ m.content }}{% endfilter %}')],
    ['a list of contents', "{{ messages|map(attribute='content')|join(', ') }}"],
    ['a selection', "{{ messages|selectattr('content', 'equalto', 'yes')|list|length }}"],
    ['a search in a list', each("{{ m.content in ['yes', 'no'] }}")],
    ['sorted', each("{% for x in [m.content, 'hello']|sort %}{{ x }}{% endfor %}")],
    ['a key', each("{{ {'yes': 1, 'hello': 2}[m.content] }}{{ {m.content: 1} }}")],
    ['characters', each('{% for c in m.content %}{{ c }}.{% endfor %}')],
    ['words', each("{{ m.content.split()|join('+') }}{{ m.content|wordcount }}")],
    ['formats', each("{{ '%-8s|%r' % (m.content, m.content) }}{{ '{:>8}'.format(m.content) }}")],
    ['numbers', each('{{ m.content|int }}{{ m.content|float(1.5) }}')],
    ['comparison', each("{{ m.content < 'h' }}{{ m.content == messages[0].content }}")],
    [
      'lines',
      each('{% for line in m.content.splitlines() %}{{ loop.index }}{{ line|trim }}{% endfor %}'),
    ],
    ['markup', each('{{ m.content|e }}{{ m.content|striptags }}')],
    [
      'a macro',
      '{% macro f(t) %}[{{ t|trim }}]{% endmacro %}' +
        each('{{ f(m.content) }}{{ f(m.content)|length }}'),
    ],
    ['generation', each('{% generation %}{{ m.content|trim }}{% endgeneration %}')],
    [
      'grouping',
      "{% for g in messages|groupby('content') %}{{ g.grouper }}{{ g.list|length }}{% endfor %}",
    ],
    ['the clock', `{{ strftime_now('%Y') }}${each('{{ m.content }}')}`],
    [
      'wrapping',
      each('{{ m.content|indent }}{{ m.content|wordwrap(4) }}{{ m.content|truncate(5) }}'),
    ],
  ])('%s', (_, source) => {
    const { taken } = compareAll(compile('t', source));
    expect(taken).toBeGreaterThan(100);
  });
});

test('a trace follows the clock', () => {
  let now = '2026';
  const { variables, slots, contents } = prepare([{ role: 'user', content: 'a' }], false);
  const template = compile('t', "{{ strftime_now('%Y') }}{{ messages[0].content }}");
  const { trace } = template.trace(variables, slots, { strftimeNow: () => now });
  expect(trace?.apply(contents)?.text).toBe('2026a');
  now = '2027';
  expect(trace?.apply(contents)).toBeUndefined();
});

test('questions come before what depends on them', () => {
  const { variables, slots } = prepare([{ role: 'user', content: 'a,b' }], false);
  const template = compile('t', "{{ messages[0].content.split(',')[1]|trim }}");
  const { trace } = template.trace(variables, slots);
  expect(trace?.apply(['x, y '])?.text).toBe('y');
  expect(trace?.apply(['x'])).toBeUndefined();
  expect(trace?.apply(['x,y,z'])).toBeUndefined();
});
