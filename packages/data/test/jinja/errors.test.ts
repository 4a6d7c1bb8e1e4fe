// What is wrong with a template, and where: name, line and column of the construct.
import { AutomodelError } from '@automodel/core';
import { expect, test } from 'vitest';
import { compile, fromJavaScript, type Value } from '../../src/jinja/index.js';

const variables = new Map<string, Value>([
  ['message', fromJavaScript({ role: 'user', content: null })],
]);

function failure(source: string): string {
  try {
    return compile('model/chat_template.jinja', source).render(variables).text;
  } catch (error) {
    if (!(error instanceof AutomodelError)) throw error;
    return `${error.code} ${error.message}`;
  }
}

test.each([
  [
    'a\n{{ message.role + message.content }}',
    "bad-data model/chat_template.jinja:2:17: unsupported operand type(s) for +: 'str' and " +
      "'NoneType'",
  ],
  [
    '{{ message.name.first }}',
    "bad-data model/chat_template.jinja:1:16: 'dict object' has no attribute 'name'",
  ],
  ['{{ nobody.name }}', "bad-data model/chat_template.jinja:1:10: 'nobody' is undefined"],
  ['{{ nobody() }}', "bad-data model/chat_template.jinja:1:10: 'nobody' is undefined"],
  ['{{ [][0].x }}', 'bad-data model/chat_template.jinja:1:9: list object has no element 0'],
  [
    '{{ [].append(1) }}',
    "bad-data model/chat_template.jinja:1:13: access to attribute 'append' of 'list' object is " +
      'unsafe.',
  ],
  [
    "{% macro m() %}\n  {{ raise_exception('roles must alternate') }}\n{% endmacro %}\n{{ m() }}",
    'bad-data model/chat_template.jinja:2:21: roles must alternate',
  ],
  [
    '{% for x in 5 %}{% endfor %}',
    "bad-data model/chat_template.jinja:1:4: 'int' object is not iterable",
  ],
  ['{{ message|nope }}', "bad-file model/chat_template.jinja:1:12: No filter named 'nope'."],
  ['{{ message is nope }}', "bad-file model/chat_template.jinja:1:12: No test named 'nope'."],
  [
    '{{ message|random }}',
    "bad-file model/chat_template.jinja:1:12: the filter 'random' is not supported",
  ],
  [
    "\n\n{% include 'other' %}",
    "bad-file model/chat_template.jinja:3:4: the tag 'include' is not supported here",
  ],
  ["{{ 'a'.encode() }}", 'unsupported model/chat_template.jinja:1:7: str.encode is not supported'],
  [
    '{% if a %}',
    'bad-file model/chat_template.jinja:1:11: Unexpected end of template. Jinja was looking for ' +
      "the following tags: 'elif' or 'else' or 'endif'. The innermost block that needs to be " +
      "closed is 'if'.",
  ],
  ['{% endif %}', "bad-file model/chat_template.jinja:1:4: Encountered unknown tag 'endif'."],
  ['{{ (1] }}', "bad-file model/chat_template.jinja:1:6: unexpected ']', expected ')'"],
  [
    'a\r\nb {{ 1 1 }}',
    "bad-file model/chat_template.jinja:2:8: expected token 'end of print statement', got " +
      "'integer'",
  ],
])('%j', (source, expected) => {
  expect(failure(source)).toBe(expected);
});

test('a clock that nobody gave is no clock', () => {
  const template = compile('t', "{{ strftime_now('%Y') }}");
  expect(() => template.render(new Map())).toThrow('there is no clock here');
  expect(template.render(new Map(), { strftimeNow: (format) => `<${format}>` }).text).toBe('<%Y>');
});
