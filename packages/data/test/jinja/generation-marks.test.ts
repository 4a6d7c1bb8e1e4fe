// What `{% generation %}` blocks wrote.
import { describe, expect, test } from 'vitest';
import { render } from './render-chat.js';

const marks = (template: string): unknown => {
  const { text, marks: found } = render(template);
  return found.map(({ start, end, source }) => [text.slice(start, end), source]);
};
const each = (body: string): string => `{% for m in messages %}${body}{% endfor %}`;
describe('marks', () => {
  test.each([
    [
      'are what the block wrote',
      each('<{% generation %}{{ m.role }}!{% endgeneration %}>'),
      [
        ['user!', 0],
        ['assistant!', 1],
      ],
    ],
    [
      'survive a macro',
      '{% macro f(m) %}a{% generation %}{{ m.role }}{% endgeneration %}{% endmacro %}' +
        each('🙂{{ f(m) }}'),
      [
        ['user', 0],
        ['assistant', 1],
      ],
    ],
    [
      'survive a block set and strip',
      each(
        '{% set t %} {% generation %} {{ m.role }} {% endgeneration %} {% endset %}{{ t.strip() }}',
      ),
      [
        ['user', 0],
        ['assistant', 1],
      ],
    ],
    [
      'of loops within',
      '{% generation %}{% for m in messages %}{{ m.role }}{% endfor %}{% endgeneration %}',
      [['userassistant', undefined]],
    ],
    [
      'are dropped with their text',
      each('{% set t %}{% generation %}x{% endgeneration %}{% endset %}'),
      [],
    ],
    ['that are empty are none', each('{% generation %}{% endgeneration %}'), []],
    [
      'stand side by side',
      '{% generation %}a{% endgeneration %}{% generation %}b{% endgeneration %}',
      [
        ['a', undefined],
        ['b', undefined],
      ],
    ],
  ])('%s', (_, template, expected) => {
    expect(marks(template)).toEqual(expected);
  });
});
