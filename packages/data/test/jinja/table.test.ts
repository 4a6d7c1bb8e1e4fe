// The engine against Jinja2's results (tooling/jinja-table makes them): the same text, or a refusal
// where Jinja2 raises an error.
import { readFileSync } from 'node:fs';
import { AutomodelError } from '@automodel/core';
import { expect, test } from 'vitest';
import { readExactJson } from '../../src/json/exact-json.js';
import { compile, Dict, fromJavaScript, List, type Value } from '../../src/jinja/index.js';

const read = (name: string): Value =>
  fromJavaScript(
    readExactJson(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'), name),
  );

const entriesOf = (dict: Value | undefined): Map<string, Value> =>
  new Map(
    dict instanceof Dict ? Array.from(dict.entries(), (e) => [e.key as string, e.value]) : [],
  );

const rowsOf = (list: Value | undefined): Map<string, Value>[] =>
  list instanceof List ? list.items.map(entriesOf) : [];

/** The text, or the code of the refusal. */
function outcome(template: string, variables: ReadonlyMap<string, Value>): string {
  try {
    return `text ${compile('row', template).render(variables).text}`;
  } catch (error) {
    if (!(error instanceof AutomodelError)) throw error;
    return /(is|are) not supported/.test(error.message) ? 'left out' : 'refused';
  }
}

function expected(row: ReadonlyMap<string, Value>): string {
  if (row.get('leftOut') === true) return 'left out';
  const text = row.get('text');
  return text === undefined ? 'refused' : `text ${text as string}`;
}

/** Addresses of objects differ from run to run. */
const withoutAddresses = (text: string): string => text.replace(/0x7f[0-9a-f]{10}/gi, '0x7f');

function differences(
  rows: readonly Map<string, Value>[],
  shared?: ReadonlyMap<string, Value>,
): unknown[] {
  return rows
    .map((row) => {
      const template = row.get('template') as string;
      const actual = outcome(template, shared ?? entriesOf(row.get('variables')));
      return { template, actual, expected: expected(row) };
    })
    .filter((row) => withoutAddresses(row.actual) !== withoutAddresses(row.expected));
}

const constructs = entriesOf(read('constructs'));
const generated = rowsOf(read('generated'));

test('constructs give what Jinja2 gives', () => {
  const rows = rowsOf(constructs.get('rows'));
  expect(rows.length).toBeGreaterThan(600);
  expect(differences(rows, entriesOf(constructs.get('variables')))).toEqual([]);
});

test('generated templates give what Jinja2 gives', () => {
  expect(generated.length).toBe(2000);
  expect(differences(generated)).toEqual([]);
});

test('a row that is not what Jinja2 gives is noticed', () => {
  const row = new Map<string, Value>([
    ['template', '{{ 1.0 }}'],
    ['text', '1'],
  ]);
  expect(differences([row])).toHaveLength(1);
});
