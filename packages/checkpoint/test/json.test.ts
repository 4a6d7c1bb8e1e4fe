import { describe, expect, test } from 'vitest';
import { editJson, parseJson } from '../src/index.js';

describe('parseJson', () => {
  test('agrees with JSON.parse on valid documents', () => {
    const text =
      '{"a": [1, -2.5e-3, true, false, null, "x\\n\\u00e9\\"", {}], "b": {"": []}, "__proto__": ' +
      '1e-06}';
    expect(JSON.stringify(parseJson(text, 'f').value)).toBe(JSON.stringify(JSON.parse(text)));
  });

  test('accepts the literals Python writes', () => {
    expect(parseJson('[NaN, Infinity, -Infinity]', 'f').value).toEqual([NaN, Infinity, -Infinity]);
  });

  test.each([
    ['{"a": 1,\n "a": 2}', 'f:2:2: the key "a" occurs twice in one object'],
    ['{"a": {"b": 1, "b": 2}}', 'f:1:16: the key "b" occurs twice in one object'],
    ['{"a": 1,}', "f:1:9: '\"' expected"],
    ['{"a" 1}', "f:1:6: ':' expected"],
    ['{"a": 01}', "f:1:8: '}' expected"],
    ['{"a": nul}', 'f:1:7: not a JSON value'],
    ['[1, 2', "f:1:6: the file ends where ']' is expected"],
    ['', 'f:1:1: the file ends where a value is expected'],
    ['{} {}', 'f:1:4: text after the end of the JSON document'],
    ['"a', 'f:1:3: the file ends inside a string'],
    ['"a\nb"', 'f:1:3: a control character inside a string'],
    ['"\\q"', 'f:1:1: a string with an escape that JSON does not know'],
    ['\ufeff{}', 'f:1:1: the file starts with a byte order mark'],
    ['['.repeat(300), 'f:1:257: nested deeper than 256 levels'],
  ])('refuses %j', (text, message) => {
    expect(() => parseJson(text, 'f')).toThrow(message);
  });
});

describe('editJson', () => {
  const config =
    '{\n  "dtype": "float32",\n  "eps": 1e-06,\n  "theta": 10000.0,\n  "nested": {"dtype": ' +
    '"float32"}\n}\n';

  test('replaces one value and keeps every other byte', () => {
    expect(editJson(config, { dtype: 'bfloat16' })).toBe(
      config.replace('"dtype": "float32",\n', '"dtype": "bfloat16",\n'),
    );
  });

  test('appends an absent member in the style of the file', () => {
    expect(editJson(config, { tie_word_embeddings: false })).toBe(
      config.replace('"float32"}\n}', '"float32"},\n  "tie_word_embeddings": false\n}'),
    );
    expect(editJson('{"a": 1}', { b: [2] })).toBe('{"a": 1, "b": [2]}');
    expect(editJson('{}', { b: 2 })).toBe('{\n  "b": 2\n}\n');
  });

  test('refuses numbers JSON cannot hold', () => {
    expect(() => editJson(config, { eps: NaN })).toThrow('eps: NaN is not a JSON number');
  });
});

test('refuses more values than it is allowed, and names the place', () => {
  expect(() => parseJson('[\n{}, {},\n{}]', 'many.json', 3)).toThrow(
    'many.json:3:1: more than 3 values',
  );
  expect(parseJson('[{}, {}]', 'few.json', 3).value).toEqual([{}, {}]);
});
