import { describe, expect, it } from 'vitest';
import { globMatcher } from '../src/index.js';

const matches = (pattern: string, ...paths: readonly string[]): readonly boolean[] =>
  paths.map(globMatcher(pattern));

describe('globMatcher', () => {
  it('keeps * and ? inside one folder, and lets ** cross folders', () => {
    expect(
      matches('data/train-*', 'data/train-00000-of-00001.parquet', 'data/x/train-1', 'data/test-1'),
    ).toEqual([true, false, false]);
    expect(matches('a?c', 'abc', 'a/c', 'ac', 'a😀c')).toEqual([true, false, false, true]);
    expect(matches('**/*.jsonl', 'a.jsonl', 'a/b/c.jsonl', 'a.json')).toEqual([true, true, false]);
    expect(matches('data/**', 'data/a', 'data/b/c', 'dat')).toEqual([true, true, false]);
    expect(matches('a/**/b', 'a/b', 'a/x/y/b', 'axb', 'a/xb')).toEqual([true, true, false, false]);
    expect(matches('*', '', 'a.b', 'a/b')).toEqual([true, true, false]);
  });

  it('reads sets, ranges and choices within each other', () => {
    expect(
      matches(
        'train[-._ 0-9]?.{json,csv}',
        'train-1.json',
        'train_1.csv',
        'trainx1.csv',
        'train-1xjson',
      ),
    ).toEqual([true, true, false, false]);
    expect(matches('[!a-c].txt', 'd.txt', 'b.txt', '/.txt')).toEqual([true, false, false]);
    expect(matches('x{a,b{c,d*},}y', 'xay', 'xbcy', 'xbd9y', 'xy', 'xby')).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it('takes what is not a pattern as it is written', () => {
    for (const path of ['a+b(1).json', '$^|\\.txt', 'a,b', '{a', 'a}', '[', '[]', '{,{b}'])
      expect([path, ...matches(path, path, `${path}x`)]).toEqual([
        path,
        !path.endsWith('{b}'),
        false,
      ]);
  });

  it('takes braces beyond 100 levels as they are written', () => {
    const [open, close] = ['{'.repeat(4900), '}'.repeat(4900)];
    const nested = `${'{'.repeat(5000)}a${'}'.repeat(5000)}`;
    expect(matches(nested, `${open}a${close}`, 'a', nested)).toEqual([true, false, false]);
    expect(matches(`${'{'.repeat(100)}a,b${'}'.repeat(100)}`, 'a', 'b')).toEqual([true, true]);
  });

  it('takes no longer for patterns that make engines go back and forth', () => {
    const path = `${'a'.repeat(5000)}c`;
    for (const pattern of ['*a*a*a*a*a*a*b', '**/**/**/**/**/**/b', '{a,a*,**a*}{a,a*}*{*,**}b'])
      expect(matches(pattern, path, `${'a/'.repeat(2000)}c`)).toEqual([false, false]);
    expect(matches('*a*a*a*a*a*a*b', `${'a'.repeat(5000)}b`)).toEqual([true]);
  });
});
