// Data files of text: what is read must be what another, simpler reader finds in the same bytes,
// row for row.
import { isDeepStrictEqual } from 'node:util';
import { writeFileSync } from 'node:fs';
import { Float, parseRow, readRows } from '@automodel/data';
import { AutomodelError } from '@automodel/core';
import type { FuzzTarget } from '../fuzz-target.js';
import { scratch } from '../scratch.js';

const CHATS = [
  {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'What is "7" times 6?\n' },
      { role: 'assistant', content: '42' },
    ],
  },
  {
    messages: [
      { role: 'user', content: 'caf\u00e9 \u{1f600}' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            type: 'function',
            function: { name: 'f', arguments: { x: 1, y: [true, null, 1.5e-3] } },
          },
        ],
      },
    ],
  },
  { prompt: 'a:b', completion: 'c', id: 12345678901 },
  { text: 'plain \\ text' },
  {
    conversations: [
      { from: 'human', value: 'hi' },
      { from: 'gpt', value: 'hello' },
    ],
  },
];

/** The rows of `path`; each is also read as its format does, which may refuse it. */
async function rowsOf(path: string): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for await (const { value, source } of readRows(path)) {
    rows.push(value);
    try {
      parseRow(value, source);
    } catch (error) {
      if (!(error instanceof AutomodelError)) throw error;
    }
  }
  return rows;
}

/** The value as JSON.parse gives it, which rounds large numbers and takes 1.0 for 1. */
function rounded(value: unknown): unknown {
  if (value instanceof Float) return value.value;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, rounded(entry)]));
}

function compare(rows: readonly unknown[], expected: readonly unknown[]): void {
  if (rows.length !== expected.length)
    throw new Error(`${rows.length} rows read, ${expected.length} written`);
  const different = rows.findIndex((row, i) => !isDeepStrictEqual(rounded(row), expected[i]));
  if (different >= 0)
    throw new Error(`row ${different + 1} was read as ${JSON.stringify(rounded(rows[different]))}`);
}

const textOf = (bytes: Buffer): string => bytes.toString('utf8').replace(/^\ufeff/, '');

export const jsonl: FuzzTarget = {
  name: 'jsonl',
  seeds: [
    Buffer.from(CHATS.map((row) => JSON.stringify(row)).join('\n') + '\n'),
    Buffer.from(`\ufeff${JSON.stringify(CHATS[2])}\r\n\n${JSON.stringify(CHATS[3])}`),
    Buffer.from(JSON.stringify(CHATS, null, 1)),
  ],
  read: async (bytes) => {
    const path = scratch('rows.jsonl');
    writeFileSync(path, bytes);
    const rows = await rowsOf(path);
    const text = textOf(bytes);
    const expected = text.trimStart().startsWith('[')
      ? (JSON.parse(text) as unknown[])
      : text
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map((line) => JSON.parse(line) as unknown);
    compare(rows, expected);
  },
};

/**
 * Records of RFC 4180, the slow way. A carriage return is part of a line end only before a line
 * feed, or at the end of the file.
 */
function records(text: string): string[][] {
  const found: string[][] = [];
  let record: string[] = [];
  let at = 0;
  const value = (): string => {
    if (text[at] !== '"') {
      const end = /[,\n]|$/.exec(text.slice(at))!.index + at;
      const plain = text.slice(at, end);
      at = end;
      return text[end] === ',' ? plain : plain.replace(/\r$/, '');
    }
    let inside = '';
    for (at++; at < text.length; at++) {
      if (text[at] !== '"') inside += text[at];
      else if (text[at + 1] === '"') inside += text[at++];
      else break;
    }
    at++;
    return inside;
  };
  while (at < text.length) {
    record.push(value());
    if (text[at] === ',') {
      at++;
      if (at < text.length && !/^\r?\n/.test(text.slice(at, at + 2))) continue;
      record.push('');
    }
    at += text.startsWith('\r\n', at) ? 2 : 1;
    if (!(record.length === 1 && record[0] === '')) found.push(record);
    record = [];
  }
  return found;
}

export const csv: FuzzTarget = {
  name: 'csv',
  seeds: [
    Buffer.from('prompt,completion\nhello,"a, ""quoted"" one\nover two lines"\n1,2\n,x\n'),
    Buffer.from('\ufeffprompt,completion,id\r\na,b,1\r\nc,d,2\r\n'),
  ],
  read: async (bytes) => {
    const path = scratch('rows.csv');
    writeFileSync(path, bytes);
    const rows = await rowsOf(path);
    const [header = [], ...rest] = records(textOf(bytes));
    const names = header.map((name) => name.trim());
    compare(
      rows,
      rest.map((record) => Object.fromEntries(names.map((name, i) => [name, record[i]]))),
    );
  },
};
