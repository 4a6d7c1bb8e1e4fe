// What a template is given: JSON without loss, JavaScript values, and the order of keys. Reading
// JSON is the data package's own; here it is held to what a template writes of it.
import { expect, test } from 'vitest';
import { isLossy, readExactJson } from '../../src/json/exact-json.js';
import { compile, fromJavaScript, type Value } from '../../src/jinja/index.js';

const write = compile('t', '{{ value|tojson }} {{ value }}');
const written = (value: Value): string => write.render(new Map([['value', value]])).text;

test.each([
  [
    '[1.0, 1, -0.0, 0, 1e2, 1E-7]',
    '[1.0, 1, -0.0, 0, 100.0, 1e-07] [1.0, 1, -0.0, 0, 100.0, 1e-07]',
  ],
  [
    '123456789012345678901234567890',
    '123456789012345678901234567890 123456789012345678901234567890',
  ],
  ['9007199254740993', '9007199254740993 9007199254740993'],
  [
    '{"b": 1, "10": 2, "9": null}',
    '{"b": 1, "10": 2, "9": null} {\'b\': 1, \'10\': 2, \'9\': None}',
  ],
  [
    '{"__proto__": 1, "constructor": 2}',
    '{"__proto__": 1, "constructor": 2} {\'__proto__\': 1, \'constructor\': 2}',
  ],
  ['"\\u00e9\\ud83d\\ude42\\n"', '"é🙂\\n" é🙂\n'],
  [' [ ] ', '[] []'],
  ['[true, false, null, {}]', '[true, false, null, {}] [True, False, None, {}]'],
])('%s', (json, expected) => {
  expect(written(fromJavaScript(readExactJson(json, 'j')))).toBe(expected);
  if (!isLossy(json, JSON.parse(json)))
    expect(written(fromJavaScript(JSON.parse(json)))).toBe(expected);
});

test.each([
  ['', 'f:1:1: not valid JSON: a value is missing'],
  ['[1,]', 'f:1:4: not valid JSON: a value is missing'],
  ['[1', 'f:1:3: not valid JSON: expected "]"'],
  ['{"a": 1\n"b": 2}', 'f:2:1: not valid JSON: expected "}"'],
  ['{a: 1}', 'f:1:2: not valid JSON: a text in double quotes is missing or broken'],
  ['1 2', 'f:1:3: not valid JSON: more text behind the value'],
  ['01', 'f:1:2: not valid JSON: more text behind the value'],
  ['NaN', 'f:1:1: not valid JSON: a value is missing'],
  ['{"a": 1, "a": 2}', 'f:1:13: not valid JSON: the key "a" is written twice in one object'],
  ['["\t"]', 'f:1:2: not valid JSON: a text in double quotes is missing or broken'],
])('%j is refused', (json, message) => {
  expect(() => readExactJson(json, 'f')).toThrow(message);
});

test('JSON that is too deep is refused', () => {
  expect(() => readExactJson('['.repeat(100_000), 'f')).toThrow('levels deep');
  expect(
    written(fromJavaScript(readExactJson(`${'['.repeat(140)}${']'.repeat(140)}`, 'f'))),
  ).toContain('[[[');
});

test('JavaScript values: whole numbers are ints, bigints too', () => {
  expect(
    written(fromJavaScript({ a: [1, 1.5, 10n ** 20n, 5n, null, undefined, 'x'], b: undefined })),
  ).toBe(
    '{"a": [1, 1.5, 100000000000000000000, 5, null, null, "x"]} ' +
      "{'a': [1, 1.5, 100000000000000000000, 5, None, None, 'x']}",
  );
  expect(() => fromJavaScript({ a: () => 1 })).toThrow('a function is no value of a template');
  expect(written(fromJavaScript(1e21))).toBe('1000000000000000000000 1000000000000000000000');
});

test('numbers that are equal are one key', () => {
  const template = compile(
    't',
    '{{ {1: "a", 1.0: "b", true: "c"} }} {{ {1: 2}[1.0] }} {{ 2 ** 60 in {2.0 ** 60: 1} }}',
  );
  expect(template.render(new Map()).text).toBe("{1: 'c'} 2 True");
});
