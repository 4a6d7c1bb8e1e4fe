// References to the environment: the variable's value where it is set, even to nothing, else the
// default that stands in the recipe.
import { expect, test } from 'vitest';
import type { Issue } from '../src/issues/issue.js';
import { interpolate } from '../src/yaml/interpolate.js';

const replaced = (text: string, environment: Record<string, string>): unknown => {
  const issues: Issue[] = [];
  const value = interpolate({ key: text }, environment, issues) as { readonly key: unknown };
  return issues.length > 0 ? issues[0]!.message : value.key;
};

test.each([
  ['${A}', { A: 'set' }, 'set'],
  ['${A,default}', { A: 'set' }, 'set'],
  ['${A,default}', {}, 'default'],
  ['${A, default }', {}, 'default'],
  ['${A,default}', { A: '' }, ''],
  ['${A,}', {}, ''],
  ['${oc.env:A,default}/${B}', { B: 'b' }, 'default/b'],
  ['$A', { A: 'set' }, 'set'],
  ['$A/b', { A: 'set' }, '$A/b'],
  ['${A}', {}, 'the environment variable A is not set and has no default'],
  ['$A', {}, 'the environment variable A is not set and has no default'],
])('%s with %j is %s', (text, environment, value) => {
  expect(replaced(text, environment)).toBe(value);
});
