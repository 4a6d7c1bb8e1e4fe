// Templates that would hang the process or take its memory end with an error, the same everywhere.
import { AutomodelError } from '@automodel/core';
import { describe, expect, test } from 'vitest';
import { compile, fromJavaScript, List, track, type Value } from '../../src/jinja/index.js';

function refusal(template: string, variables: ReadonlyMap<string, Value> = new Map()): string {
  try {
    return `rendered ${compile('made-up', template).render(variables).text.length} characters`;
  } catch (error) {
    if (!(error instanceof AutomodelError)) throw error;
    return `${error.code} ${error.message}`;
  }
}

const STOPPED = /^bad-file made-up:\d+:\d+: the template was stopped: /;

describe('what would take for ever is stopped', () => {
  const loop = (body: string): string => `{% for i in range(90000) %}${body}{% endfor %}`;
  const grow = (start: string, step: string, times = 60): string =>
    `{% set ns = namespace(t=${start}) %}{% for i in range(${times}) %}{% set ns.t = ${step} %}` +
    '{% endfor %}{{ ns.t }}';
  test.each([
    ['loops in loops', loop(loop('')), /far more work/],
    ['loops over a part', loop(loop('').replace(' %}', ' if i > 1 %}')), /far more work/],
    [
      'a macro that calls itself twice',
      '{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}' +
        '{{ f(60) }}',
      /far more work/,
    ],
    [
      'a macro that calls itself for ever',
      '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
      /deep/,
    ],
    [
      'callers of callers',
      '{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}' +
        '{% call f() %}x{% endcall %}',
      /deep/,
    ],
    ['a block that writes itself', '{% block a %}{{ self.a() }}{% endblock %}', /deep/],
    ['a loop in itself', '{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}', /deep/],
    ['a text that doubles', grow("'ab'", 'ns.t + ns.t'), /a text of more than/],
    ['a list that doubles', grow('[1, 2]', 'ns.t + ns.t'), /far more work/],
    ['a number that grows', grow('3', 'ns.t * ns.t'), /a number of \d+ bits/],
    ['lists in lists', grow('[1]', '[ns.t]', 90_000), /deep/],
    ['tuples as keys', `${grow('(1,)', '(ns.t,)', 90_000)}{{ {ns.t: 1} }}`, /deep/],
    ['a list that holds itself twice', grow('[1]', '[ns.t, ns.t]'), /far more work/],
    ['equal lists of lists', `${grow('[1]', '[ns.t]', 50)}{{ [ns.t] == [ns.t] }}`, /^rendered/],
    [
      'generators of generators',
      grow('[1]', 'ns.t|select', 20_000).replace('ns.t }}', 'ns.t|list }}'),
      /./,
    ],
    ['a long text', "{{ 'a' * 10 ** 9 }}", /a text of more than/],
    ['a long list', '{{ [1] * 10 ** 9 }}', /far more work/],
    ['a wide number', "{{ '%999999999d' % 1 }}", /a text of more than/],
    ['many digits', "{{ '%.999999999f' % 1.5 }}", /a text of more than/],
    ['a wide field', "{{ '{:999999999}'.format(1) }}", /a text of more than/],
    ['a wide indentation', "{{ 'a\\n'|indent(1000000000) }}", /a text of more than/],
    ['wide JSON', '{{ [1]|tojson(indent=1000000000) }}', /a text of more than/],
    ['spaces around', "{{ 'a'|center(1000000000) }}", /a text of more than/],
    ['tabs', "{{ '\\t'.expandtabs(1000000000) }}", /a text of more than/],
    ['replacements', "{{ ('a' * 100000).replace('a', 'b' * 100000) }}", /a text of more than/],
    ['separators', "{{ ('x' * 10000).join(['a'] * 10000) }}", /a text of more than/],
    ['many batches', '{{ [1]|batch(1000000000, 0)|list }}', /far more work/],
    ['many sorts', loop('{{ range(100000)|sort|length }}'), /far more work/],
    ['a high power', '{{ 9 ** (9 ** 9) }}', /a number of \d+ bits/],
  ])('%s', (_, template, reason) => {
    const said = refusal(template);
    expect(said).toMatch(reason);
    if (!said.startsWith('rendered')) expect(said).toMatch(STOPPED);
  });

  test('a long range, as in the sandbox', () => {
    expect(refusal('{% for a in range(100000000000) %}x{% endfor %}')).toMatch(/Range too big/);
  });

  test('texts with origins', () => {
    const text = new List([track(fromJavaScript({ content: 'ab' }), 0)]);
    const template =
      '{% set ns = namespace(t=l[0].content) %}{% for i in range(60) %}' +
      "{% set ns.t = ns.t ~ '-' ~ ns.t %}{% endfor %}";
    expect(refusal(template, new Map([['l', text]]))).toMatch(/a text of more than|far more work/);
  });
});

test.each([
  ['brackets', `{{ ${'('.repeat(10_000)}1${')'.repeat(10_000)} }}`],
  ['lists', `{{ ${'['.repeat(10_000)}${']'.repeat(10_000)} }}`],
  ['negations', `{{ ${'not '.repeat(10_000)}1 }}`],
  ['signs', `{{ ${'-'.repeat(10_000)}1 }}`],
  ['sums', `{{ ${'1 + '.repeat(10_000)}1 }}`],
  ['filters', `{{ 1${'|abs'.repeat(10_000)} }}`],
  ['attributes', `{{ a${'.b'.repeat(10_000)} }}`],
  ['conditions', '{% if 1 %}'.repeat(10_000)],
  ['loops', `${'{% for a in b %}'.repeat(50)}${'{% endfor %}'.repeat(50)}`],
])('a source of deep %s is refused', (_, template) => {
  expect(refusal(template)).toMatch(/levels within each other|statically nested/);
});

test('what a caller allows is what a rendering may take', () => {
  const template = compile('t', '{% for i in range(1000) %}{{ i }} {% endfor %}');
  expect(template.render(new Map()).text).toHaveLength(3890);
  expect(() => template.render(new Map(), { limits: { work: 1000, characters: 1e6 } })).toThrow(
    /far more work/,
  );
  expect(() =>
    template.render(new Map(), { limits: { work: 1e6, characters: 100 } }),
  ).not.toThrow();
  const long = compile('t', "{{ 'a' * 101 }}");
  expect(() => long.render(new Map(), { limits: { work: 1e6, characters: 100 } })).toThrow(
    /more than 100 characters/,
  );
});
