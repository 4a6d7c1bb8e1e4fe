// Where the characters of a rendering come from.
import { describe, expect, test } from 'vitest';
import { render } from './render-chat.js';

/** Each piece as `text<source.key@start`. */
function pieces(template: string): string[] {
  return render(template).pieces.map(({ text, origin }) => {
    if (origin === undefined) return text;
    const key = origin.key === undefined ? '' : `.${origin.key}`;
    const start = origin.start === undefined ? '' : `@${origin.start}`;
    return `${text}<${origin.source}${key}${start}`;
  });
}

const first = '{% set m = messages[1] %}';

describe('characters of a key keep their place', () => {
  test.each([
    ['written', '{{ messages[0].content }}', ['  one two  <0.content@0']],
    ['+ and ~', `${first}{{ '[' + m.role ~ ']' }}`, ['[', 'assistant<1.role@0', ']']],
    ['strip', '{{ messages[0].content.strip() }}', ['one two<0.content@2']],
    ['trim', '{{ messages[0].content|trim }}', ['one two<0.content@2']],
    ['lstrip', "{{ messages[0].content.lstrip(' o') }}", ['ne two  <0.content@3']],
    ['split', `${first}{{ m.content.split('</think>')[-1] }}`, ['an 🙂 answer<1.content@18']],
    [
      'split of a split',
      `${first}{{ m.content.split('</think>')[0].split('<think>')[-1] }}`,
      ['why<1.content@7'],
    ],
    ['rsplit', '{{ messages[0].content.rsplit(none, 1)[1] }}', ['two<0.content@6']],
    [
      'words',
      "{{ messages[0].content.split()|join('+') }}",
      ['one<0.content@2', '+', 'two<0.content@6'],
    ],
    [
      'partition',
      `${first}{{ m.content.partition('why')|join }}`,
      ['<think>why</think>an 🙂 answer<1.content@0'],
    ],
    [
      'slices',
      `${first}{{ m.content[18:22] }}{{ m.content[-6:] }}`,
      ['an 🙂<1.content@18', 'answer<1.content@24'],
    ],
    ['one character', `${first}{{ m.content[21] }}`, ['🙂<1.content@21']],
    [
      'backwards',
      '{{ messages[0].role[::-1] }}',
      ['r<0.role@3', 'e<0.role@2', 's<0.role@1', 'u<0.role@0'],
    ],
    [
      'a loop over characters',
      '{% set t %}{% for c in messages[0].role %}{{ c }}{% endfor %}{% endset %}{{ t }}',
      ['user<0.role@0'],
    ],
    [
      'replace',
      '{{ messages[0].content.replace("one", "1") }}',
      ['  <0.content@0', '1<0.content', ' two  <0.content@5'],
    ],
    [
      'removeprefix',
      `${first}{{ m.content.removeprefix('<think>') }}`,
      ['why</think>an 🙂 answer<1.content@7'],
    ],
    [
      'block set',
      '{% set x %}[{{ messages[0].role }}]{% endset %}{{ x[1:-1] }}',
      ['user<0.role@0'],
    ],
    [
      'macro',
      '{% macro f(t) %}<{{ t }}>{% endmacro %}{{ f(messages[0].role) }}',
      ['<', 'user<0.role@0', '>'],
    ],
    [
      'caller',
      '{% macro f() %}{{ caller() }}{% endmacro %}' +
        '{% call f() %}{{ messages[0].role }}{% endcall %}',
      ['user<0.role@0'],
    ],
    [
      'namespace',
      "{% set ns = namespace(t='a') %}{% set ns.t = ns.t + messages[0].role %}{{ ns.t }}",
      ['a', 'user<0.role@0'],
    ],
    ['padding', '{{ messages[0].role.center(6, "-") }}', ['-', 'user<0.role@0', '-']],
    [
      'map and join',
      "{{ messages|map(attribute='role')|join(',') }}",
      ['user<0.role@0', ',', 'assistant<1.role@0'],
    ],
    ['conditional', '{{ messages[0].role if true }}', ['user<0.role@0']],
    [
      'truncate',
      '{{ messages[0].content|truncate(8, true, "…", 0) }}',
      ['  one t<0.content@0', '…'],
    ],
    [
      'nested',
      `${first}{{ m.calls[0].args.x }}{{ m.calls[0].name }}`,
      ['y<1.calls.0.args.x@0', 'f<1.calls.0.name@0'],
    ],
  ])('%s', (_, template, expected) => {
    expect(pieces(template)).toEqual(expected);
  });
});

describe('characters that are made anew keep source and key', () => {
  test.each([
    ['upper', '{{ messages[0].role|upper }}', ['USER<0.role']],
    ['title', '{{ messages[0].role.title() }}', ['User<0.role']],
    ['tojson', '{{ messages[0].role|tojson }}', ['"user"<0.role']],
    ['indent', '{{ messages[0].role|indent }}', ['user<0.role']],
    ['%', "{{ '%s!' % messages[0].role }}", ['user!<0.role']],
    [
      'format',
      "{{ '{}-{}'.format(messages[0].role, messages[0].content) }}",
      ['user-  one two  <0'],
    ],
    ['of two sources', "{{ '%s%s' % (messages[0].role, messages[1].role) }}", ['userassistant']],
    [
      'json of a part',
      '{{ messages[1].calls[0].args|tojson }}',
      ['{"x": "y", "n": 1.5}<1.calls.0.args'],
    ],
    [
      'repr',
      '{{ messages[1].calls }}',
      ["[{'name': 'f', 'args': {'x': 'y', 'n': 1.5}}]<1.calls.0"],
    ],
    [
      'names of keys',
      '{% for k in messages[1].calls[0].args %}{{ k }}{% endfor %}',
      ['xn<1.calls.0.args'],
    ],
    ['escape', '{{ messages[1].content[:2]|e }}', ['&lt;t<1.content']],
  ])('%s', (_, template, expected) => {
    expect(pieces(template)).toEqual(expected);
  });
});

describe('what the template writes belongs to the turn it is written in', () => {
  test.each([
    ['outside of loops', 'a{{ 1 + 1 }}', ['a2']],
    [
      'in a turn',
      '{% for m in messages %}<{{ m.role }}>{{ loop.index }}{% endfor %}!',
      ['<<0', 'user<0.role@0', '>1<0', '<<1', 'assistant<1.role@0', '>2<1', '!'],
    ],
    ['a slice', '{% for m in messages[1:] %}x{% endfor %}', ['x<1']],
    [
      'a selection',
      "{% for m in messages|selectattr('role', 'equalto', 'assistant') %}x{% endfor %}",
      ['x<1'],
    ],
    ['backwards', '{% for m in messages|reverse %}x{% endfor %}', ['x<1', 'x<0']],
    ['a condition', "{% for m in messages if m.role == 'assistant' %}x{% endfor %}", ['x<1']],
    [
      'macros called in it',
      '{% macro f() %}x{% endmacro %}{% for m in messages %}{{ f() }}{% endfor %}',
      ['x<0', 'x<1'],
    ],
    [
      'the innermost one',
      '{% for m in messages[:1] %}{% for n in messages[1:] %}x{% endfor %}y{% endfor %}',
      ['x<1', 'y<0'],
    ],
    [
      'loops within it',
      '{% for m in messages[1:] %}{% for c in m.calls %}x{% endfor %}' +
        '{% for i in range(2) %}y{% endfor %}{% endfor %}',
      ['xyy<1'],
    ],
    [
      'texts of another within it',
      '{% for m in messages[1:] %}[{{ messages[0].role }}]{% endfor %}',
      ['[<1', 'user<0.role@0', ']<1'],
    ],
    [
      'kept and written later',
      "{% set ns = namespace(t='') %}" +
        "{% for m in messages %}{% set ns.t = ns.t ~ 'a' %}{% endfor %}{{ ns.t }}",
      ['aa'],
    ],
    [
      'kept by a block',
      '{% set ns = namespace() %}{% for m in messages[:1] %}{% set t %}a{% endset %}' +
        '{% set ns.t = t %}{% endfor %}{{ ns.t }}',
      ['a<0'],
    ],
    [
      'texts of several',
      "{% for t in messages|map(attribute='role') %}<{{ t }}{% endfor %}",
      ['<<0', 'user<0.role@0', '<<1', 'assistant<1.role@0'],
    ],
    ['else', '{% for m in messages if false %}{% else %}x{% endfor %}', ['x']],
    [
      'numbers of a message',
      '{% for m in messages[1:] %}{{ m.calls[0].args.n }}{{ m.role|length }}{% endfor %}',
      ['1.59<1'],
    ],
  ])('%s', (_, template, expected) => {
    expect(pieces(template)).toEqual(expected);
  });
});
