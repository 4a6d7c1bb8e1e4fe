import { AutomodelError } from '@automodel/core';
import { describe, expect, test } from 'vitest';
import { ChatTemplate } from '../src/templates/chat-template.js';

const chat = [{ role: 'user', content: 'Hello' }];

function refusal(template: string): string {
  try {
    return `rendered ${new ChatTemplate('made-up', template, {}).render(chat).length} characters`;
  } catch (error) {
    if (!(error instanceof AutomodelError)) throw error;
    return `${error.code} ${error.message}`;
  }
}

describe('a template that would hang the process is stopped', () => {
  test.each([
    [
      'loops in loops',
      '{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}',
      /does far more work/,
    ],
    [
      'loops over a part',
      '{% for a in range(90000) if a > 1 %}{% for b in range(90000) if b > 1 %}{% endfor %}{% ' +
        'endfor %}',
      /does far more work/,
    ],
    [
      'a macro that calls itself twice',
      '{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ ' +
        'f(60) }}',
      /does far more work/,
    ],
    [
      'a text that doubles',
      '{% set ns = namespace(t="ab") %}{% for a in range(60) %}{% set ns.t = ns.t + ns.t %}{% ' +
        'endfor %}{{ ns.t }}',
      /a text of more than 40000\d\d characters/,
    ],
    [
      'a list that doubles',
      '{% set ns = namespace(t=[1, 2]) %}{% for a in range(60) %}{% set ns.t = ns.t + ns.t %}{% ' +
        'endfor %}',
      /does far more work/,
    ],
    ['a text of spaces', '{{ "a\\n"|indent(1000000000) }}', /was stopped/],
  ])('%s', (_, template, reason) => {
    const said = refusal(template);
    expect(said).toMatch(/^bad-file chat template of made-up:1:\d+: the template was stopped: /);
    expect(said).toMatch(reason);
  });
});

test('a range is as long as in the sandbox of Jinja at most', () => {
  expect(refusal('{% for a in range(100000000000) %}x{% endfor %}')).toBe(
    'bad-data chat template of made-up:1:18: Range too big. The sandbox blocks ranges larger ' +
      'than MAX_RANGE (100000).',
  );
});

test('long chats have room: limits grow with what is rendered', () => {
  const template = new ChatTemplate(
    'plain',
    '{% for m in messages %}{{ m.role }}: {{ m.content | trim }}\n{% endfor %}',
    {},
  );
  const turns = Array.from({ length: 3000 }, (_, i) => ({ role: 'user', content: `message ${i}` }));
  expect(template.render(turns).length).toBeGreaterThan(40_000);
  expect(template.render([{ role: 'user', content: 'x'.repeat(5_000_000) }]).length).toBe(
    5_000_007,
  );
});
