// Numbers and the order of keys reach a template as they stand in the file, whatever the file is.
// tooling/parquet-fixtures wrote the Parquet file.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Float } from '../src/jinja/values/value.js';
import { compile, fromJavaScript, type Value } from '../src/jinja/index.js';
import { parseRow, type OpenOptions, type Row } from '../src/index.js';
import { receivedRow, sentRow } from '../src/samples/sent-row.js';
import { fixture, rowsOf, write } from './written-files.js';

const VALUES =
  '{"10": 1.0, "2": 12345678901234567890, "e": 1e3, "zero": -0.0, "n": 7, "third": 0.5, ' +
  '"list": [2.00, {"1": 9007199254740993, "0": 5E-324}]}';
const WRITTEN =
  '{"10": 1.0, "2": 12345678901234567890, "e": 1000.0, "zero": -0.0, "n": 7, "third": 0.5, ' +
  '"list": [2.0, {"1": 9007199254740993, "0": 5e-324}]}';

const question = '{"role": "user", "content": "q"}';
const call = (given: string): string =>
  `{"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": ` +
  `{"name": "f", "arguments": ${given}}}]}`;
const chat = (given: string, tools = `[${VALUES}]`): string =>
  `{"messages": [${question}, ${call(given)}], "tools": ${tools}}`;
const plain = '{"text": "a"}';

const template = compile(
  't',
  '{{ messages[1].tool_calls[0].function.arguments|tojson }}{{ tools[0]|tojson }}',
);

/** What a template writes of arguments and tools. */
function shown({ value, source }: Row): string {
  const row = parseRow(value, source);
  if (row.kind !== 'chat') return row.kind;
  const variables = new Map<string, Value>(
    Object.entries({ messages: row.messages, tools: row.tools ?? null }).map(([name, given]) => [
      name,
      fromJavaScript(given),
    ]),
  );
  return template.render(variables).text;
}

const asText = (json: string): string => JSON.stringify(json);
const asCsv = (...texts: string[]): string =>
  texts.map((text) => `"${text.replaceAll('"', '""')}"`).join(',');
const lines = `${plain}\n${chat(VALUES)}\n${plain}\n`;

describe('arguments and tools', () => {
  it.each<[string, string | Uint8Array, OpenOptions?]>([
    ['x.jsonl', lines],
    ['bom.jsonl', `\ufeff${chat(VALUES)}\r\n`],
    ['x.jsonl.gz', gzipSync(lines)],
    ['x.json', `[${plain},\n ${chat(VALUES)} , ${plain}]`],
    ['one.json', `[${chat(VALUES)}]`],
    [
      'in-field.json',
      `{"a": [[1.0], "rows"], "b": {"rows": [1.0]}, "rows": [${plain}, ${chat(VALUES)}]}`,
      { field: 'rows' },
    ],
    ['spaced.jsonl', chat(VALUES.replaceAll(': ', '\t:\t'))],
    ['tools-as-text.jsonl', chat(VALUES, asText(`[${VALUES}]`))],
    ['x.csv', `messages,tools\n${asCsv(`[${question}, ${call(VALUES)}]`, `[${VALUES}]`)}\n`],
  ])('of %s', async (name, content, options) => {
    const rows = await rowsOf(write(name, content), options);
    expect(rows.map(shown).filter((text) => text !== 'text')).toEqual([WRITTEN + WRITTEN]);
  });

  it('of Parquet', async () => {
    const rows = await rowsOf(fixture('exact.parquet'));
    expect(rows.map(shown)).toEqual([
      '{"10": 1.0, "2": 1234567890123456789, "e": 1000.0, "zero": -0.0, "n": 7, "third": 0.5, ' +
        '"list": [2.0, 0.25]}{"name": "f", "limits": {"1": 2.0, "0": 3}}',
    ]);
  });

  it('written as text stay that text', async () => {
    const [row] = await rowsOf(write('text.jsonl', chat(asText(VALUES))));
    expect(row === undefined ? '' : shown(row)).toBe(JSON.stringify(VALUES) + WRITTEN);
  });

  it('reach other threads', async () => {
    for (const name of ['x.jsonl', 'x.json']) {
      const content = name === 'x.json' ? `[${plain}, ${chat(VALUES)}]` : lines;
      for (const row of await rowsOf(write(`sent/${name}`, content))) {
        const sent = structuredClone(sentRow(row));
        expect(shown(receivedRow(sent) as Row)).toBe(shown(row));
      }
    }
  });
});

describe('numbers that are looked at', () => {
  it('count as numbers', async () => {
    const weighted = (weight: string): string =>
      `{"messages": [${question}, {"role": "assistant", "content": "a", "weight": ${weight}}, ` +
      `${question}, {"role": "assistant", "content": "b", "weight": 1.0}]}`;
    const [none, ending] = await rowsOf(
      write(
        'weights.jsonl',
        `${weighted('0.0')}\n{"ctx": "c", "endings": ["a", "b"], "label": 1.0}\n`,
      ),
    );
    expect(parseRow(none?.value ?? {}, { file: 'w', row: 1 })).toMatchObject({ untrained: [1] });
    expect(
      parseRow(ending?.value ?? {}, { file: 'w', row: 2 }, { type: 'hellaswag' }),
    ).toMatchObject({ target: 'b' });
    const [wrong, text] = await rowsOf(
      write('wrong.jsonl', `${weighted('12345678901234567890')}\n{"text": 1.0}\n`),
    );
    expect(() => parseRow(wrong?.value ?? {}, { file: 'w', row: 1 })).toThrow(
      'weight must be true, false, 1 or 0, it is 12345678901234567000',
    );
    expect(() => parseRow(text?.value ?? {}, { file: 'w', row: 2 })).toThrow(
      '"text" must be a text, it is a number',
    );
  });

  it('are only read again where JSON.parse would change them', async () => {
    const kept = [
      '{"a": 1, "b": [1.5, 123456789012345, -2], "c": "x 1.0, 2 \\"7\\": 13", "d5": 1}',
      '{"a": 0.1, "b": null}',
    ];
    const changed = [
      '{"a": 1.0}',
      '{"a":[1,2.0]}',
      '{"a": 1E2}',
      '{"a": 1234567890123456}',
      '{"7": 1}',
    ];
    const rows = await rowsOf(write('kept.jsonl', [...kept, ...changed].join('\n')));
    expect(rows.map(({ json }) => json)).toEqual([...kept.map(() => undefined), ...changed]);
    expect(rows[2]?.value).toEqual({ a: new Float(1) });
  });
});
