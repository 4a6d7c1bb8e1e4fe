// Data files of every kind become the same rows, however they are cut. The Parquet fixtures were
// written by pyarrow 26.
import { writeFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openDataFiles, readPart, splitFile, type FilePart, type Row } from '../src/index.js';
import { fixture, rowsOf, values, write, zstdStored } from './written-files.js';

describe('formats', () => {
  const lines = '{"text": "a"}\n\n{"text": "b\u2028c"}\n';
  const both = [{ text: 'a' }, { text: 'b\u2028c' }];

  it.each<[string, string | Uint8Array]>([
    ['x.jsonl', lines],
    ['x.ndjson', `\ufeff${lines.replaceAll('\n', '\r\n')}`],
    ['x.jsonl.gz', gzipSync(lines)],
    [
      'members.jsonl.gz',
      Buffer.concat([gzipSync('{"text": "a"}\n'), gzipSync('{"text": "b\u2028c"}\n')]),
    ],
    ['x.jsonl.br', brotliCompressSync(lines)],
    ['x.jsonl.zst', zstdStored(Buffer.from(lines))],
    ['misnamed.jsonl', gzipSync(lines)],
    ['x.json', JSON.stringify(both)],
    ['lines.json', lines],
    ['no-name', ` ${JSON.stringify(both, null, 2)}`],
    ['x.json.gz', gzipSync(JSON.stringify(both))],
    ['x.csv', 'text\na\n\n"b\u2028c"\n'],
    ['x.tsv.gz', gzipSync('\ufefftext\r\na\r\nb\u2028c')],
    ['x.txt', 'a\n  \nb\u2028c'],
  ])('%s', async (name, content) => {
    expect(await values(write(name, content))).toEqual(both);
  });

  it('numbers rows by their line, or by their place in an array', async () => {
    expect(
      (await rowsOf(write('n.csv', 'a,b\n1,"x\ny"\n\n2,z\n3,w\n'))).map(({ source, value }) => [
        source.row,
        value,
      ]),
    ).toEqual([
      [2, { a: '1', b: 'x\ny' }],
      [5, { a: '2', b: 'z' }],
      [6, { a: '3', b: 'w' }],
    ]);
    expect(
      (await rowsOf(write('n.jsonl', '\n{"a":1}\n\n{"a":2}'))).map(({ source }) => source.row),
    ).toEqual([2, 4]);
    expect(
      (await rowsOf(write('n.json', '[{"a":1},\n\n{"a":2}]'))).map(({ source }) => source.row),
    ).toEqual([1, 2]);
  });

  it('takes the list of a JSON object by its key', async () => {
    const path = write('object.json', '{\n"version": 1, "data": [{"a": 1}, {"a": 2}]}');
    expect(await values(path, { field: 'data' })).toEqual([{ a: 1 }, { a: 2 }]);
    await expect(values(path, { field: 'rows' })).rejects.toThrow(
      'the key "rows" is missing; the file has version, data',
    );
    await expect(values(path)).rejects.toMatchObject({
      message: `${path}: expected a JSON array of rows, the file is one object`,
      hint: 'name the key that holds the rows with field: (data)',
    });
  });

  it('reads texts by line, paragraph and document', async () => {
    const path = write('t.txt', 'one\ntwo\n\n \nthree\r\n');
    expect(await values(path)).toEqual([{ text: 'one' }, { text: 'two' }, { text: 'three' }]);
    expect(
      (await rowsOf(path, { sampleBy: 'paragraph' })).map(({ source, value }) => [
        source.row,
        value,
      ]),
    ).toEqual([
      [1, { text: 'one\ntwo' }],
      [5, { text: 'three' }],
    ]);
    expect(await values(path, { sampleBy: 'document' })).toEqual([
      { text: 'one\ntwo\n\n \nthree' },
    ]);
  });

  it.each(['paragraph', 'document'] as const)(
    'a %s has no byte order mark and no \\r at line ends, and names its line that is not UTF-8',
    async (sampleBy) => {
      const marked = write('marked.txt', '\ufeffone\r\ntw\ro\r\n');
      expect(await values(marked, { sampleBy })).toEqual([{ text: 'one\ntw\ro' }]);
      const path = write('bytes.txt', '');
      writeFileSync(path, Buffer.from([0x61, 0x0a, 0xff, 0x0a, 0x62]));
      await expect(values(path, { sampleBy })).rejects.toThrow(`${path}:2: not UTF-8 text`);
    },
  );

  it.each(['none', 'snappy', 'gzip', 'brotli', 'zstd'])(
    'Parquet with %s: nested lists, large integers, dates, bytes',
    async (compression) => {
      expect(await values(fixture(`chats-${compression}.parquet`))).toEqual([
        {
          messages: [
            { role: 'user', content: 'hé', tool_calls: null },
            { role: 'assistant', content: 'yo', tool_calls: null },
          ],
          id: 1152921504606846976n,
          price: 1.1,
          at: '2024-01-02T03:04:05.000Z',
          scores: [1, 2],
          raw: Uint8Array.from([255, 0]),
        },
        {
          messages: [
            { role: 'user', content: 'b', tool_calls: null },
            { role: 'assistant', content: 'c', tool_calls: null },
          ],
          id: 5,
          price: null,
          at: null,
          scores: [],
          raw: null,
        },
      ]);
    },
  );
});

/** A line, and a blank one after every tenth. */
const jsonLine = (i: number): string =>
  `{"i": ${i}, "t": "${'ü'.repeat(i % 7)}"}\n${i % 10 === 0 ? ' \r\n' : ''}`;

describe('parts', () => {
  async function partsOf(path: string, bytes: number): Promise<readonly FilePart[]> {
    const parts: FilePart[] = [];
    for (const file of await openDataFiles(path))
      for await (const part of splitFile(file, bytes)) parts.push(part);
    return structuredClone(parts);
  }

  it.each<[string, string]>([
    [
      'JSON lines',
      write(
        'parts.jsonl',
        `\ufeff\n${Array.from({ length: 100 }, (_, i) => jsonLine(i)).join('')}{"i": 100}`,
      ),
    ],
    [
      'lines of text',
      write(
        'parts.txt',
        Array.from({ length: 90 }, (_, i) => `line ${i}\n${i % 9 === 0 ? '\n' : ''}`).join(''),
      ),
    ],
    ['Parquet', fixture('groups.parquet')],
  ])('%s: any cut gives the same rows', async (_, path) => {
    const whole = await rowsOf(path);
    for (const bytes of [1, 100, 333, 1 << 20]) {
      const parts = await partsOf(path, bytes);
      const rows: Row[] = [];
      for (const part of [...parts].reverse()) {
        const own: Row[] = [];
        for await (const row of readPart(part)) own.push(row);
        expect(own.length).toBe(part.rows);
        rows.unshift(...own);
      }
      expect(rows.map(({ value, source }) => ({ value, source }))).toEqual(
        whole.map(({ value, source }) => ({ value, source })),
      );
      expect(parts.length).toBeGreaterThan(bytes < 1000 ? 1 : 0);
    }
  });
});
