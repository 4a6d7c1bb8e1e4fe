// Renders templates that come as JSON lines on the standard input, one result line for each: for
// compare_jinja.py, which holds them against Jinja2's.
import { createInterface } from 'node:readline';
import { AutomodelError } from '@automodel/core';
import {
  compile,
  fromJavaScript,
  type Dict,
  type Value,
} from '../../../packages/data/src/jinja/index.js';
import { readExactJson } from '../../../packages/data/src/json/exact-json.js';

function render(line: string): object {
  const row = fromJavaScript(readExactJson(line, 'line')) as Dict;
  const template = row.lookup('template') as string;
  const variables = new Map<string, Value>();
  for (const { key, value } of (row.lookup('variables') as Dict).entries())
    variables.set(key as string, value);
  const strftimeNow = (format: string): string => `now(${format})`;
  try {
    const { text } = compile('template', template).render(variables, { strftimeNow });
    return { text: text.replace(/0x7[0-9a-f]{11}/gi, '0x7f0000000000') };
  } catch (error) {
    if (error instanceof AutomodelError) return { error: `${error.code} ${error.message}` };
    return { crash: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(render(line))}\n`);
