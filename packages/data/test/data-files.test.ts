// Data files of every kind become the same rows, however they are cut, and what cannot be read is
// refused by name. The Parquet fixtures were written by pyarrow 26.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import {
  openDataFiles,
  readPart,
  readRows,
  splitFile,
  type FilePart,
  type OpenOptions,
  type Row,
} from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'automodel-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function rowsOf(
  paths: string | readonly string[],
  options?: OpenOptions,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const file of await openDataFiles(paths, options))
    for await (const row of readRows(file)) rows.push(row);
  return rows;
}
const values = async (
  path: string | readonly string[],
  options?: OpenOptions,
): Promise<readonly unknown[]> => (await rowsOf(path, options)).map((row) => row.value);

/** A Zstandard frame that holds `bytes` as they are (RFC 8878: one raw block). */
function zstdStored(bytes: Uint8Array): Uint8Array {
  const block = (bytes.length << 3) | 1;
  return Uint8Array.from([
    0x28,
    0xb5,
    0x2f,
    0xfd,
    0x20 | 0x80,
    bytes.length & 255,
    (bytes.length >> 8) & 255,
    0,
    0,
    block & 255,
    (block >> 8) & 255,
    (block >> 16) & 255,
    ...bytes,
  ]);
}

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

  it.each(['none', 'snappy', 'gzip', 'brotli', 'zstd'])(
    'Parquet with %s: nested lists, large integers, dates, bytes',
    async (compression) => {
      expect(await values(fixture(`chats-${compression}.parquet`))).toEqual([
        {
          messages: [
            { role: 'user', content: 'hé', tool_calls: null },
            { role: 'assistant', content: 'yo', tool_calls: null },
          ],
          id: '1152921504606846976',
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
        `\ufeff\n${Array.from({ length: 100 }, (_, i) => `{"i": ${i}, "t": "${'ü'.repeat(i % 7)}"}\n${i % 10 === 0 ? ' \r\n' : ''}`).join('')}{"i": ` +
          '100}',
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

describe('folders, lists and patterns', () => {
  const base = join(folder, 'set');
  const names = [
    'data/train-00000-of-00002.jsonl',
    'data/train-00001-of-00002.jsonl',
    'data/dev-00000-of-00001.jsonl',
    'my-test.jsonl',
    'dataset_infos.json',
    'README.md',
    '.hidden/train.jsonl',
  ];
  for (const name of names) write(`set/${name}`, `{"name": "${name}"}\n`);
  write('plain/b.csv', 'name\nb\n');
  write('plain/a.csv', 'name\na\n');
  symlinkSync(join(folder, 'plain/a.csv'), join(folder, 'plain/c.csv'));
  const found = async (
    paths: string | readonly string[],
    options?: OpenOptions,
  ): Promise<unknown> =>
    (await values(paths, options)).map((row) => (row as { name: string }).name);

  it('takes the files of one split of a folder', async () => {
    expect(await found(base, { split: 'train' })).toEqual(names.slice(0, 2));
    expect(await found(base, { split: 'validation' })).toEqual([names[2]]);
    expect(await found(base, { split: 'test' })).toEqual([names[3]]);
    await expect(found(base)).rejects.toThrow(
      'the folder holds several splits: validation, train, test',
    );
    await expect(found(base, { split: 'extra' })).rejects.toThrow(
      'the folder has no split "extra"; it has validation, train, test',
    );
  });

  it('takes every file of a folder without splits, in order, links too', async () => {
    expect(await found('plain', { workingDirectory: folder })).toEqual(['a', 'b', 'a']);
    expect(await found('plain', { workingDirectory: folder, split: 'train' })).toEqual([
      'a',
      'b',
      'a',
    ]);
    await expect(found('plain', { workingDirectory: folder, split: 'test' })).rejects.toThrow(
      'the folder has no split "test"',
    );
  });

  it('takes lists and patterns', async () => {
    expect(await found(['plain/b.csv', 'plain/a.csv'], { workingDirectory: folder })).toEqual([
      'b',
      'a',
    ]);
    expect(await found(join(folder, '**/{a,b}.csv'))).toEqual(['a', 'b']);
    expect(await found(join(folder, 'set/data/[!d]*-0000?-of-*.jsonl'))).toEqual(names.slice(0, 2));
    await expect(found(join(folder, '*.nothing'))).rejects.toThrow('no file matches this pattern');
  });

  it('refuses folders with nothing to read, or with several formats', async () => {
    write('arrow/data.arrow', 'ARROW1');
    write('two/a.csv', 'a\n1\n');
    write('two/a.jsonl', '{}\n');
    await expect(found(join(folder, 'arrow'))).rejects.toMatchObject({
      message: expect.stringContaining('but arrow files') as string,
      hint: expect.stringContaining('to_parquet') as string,
    });
    await expect(found(join(folder, 'two'))).rejects.toThrow(
      'the folder holds files of several formats: .csv, .jsonl',
    );
  });
});

describe('refused files', () => {
  const cut = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length - 6);
  const long = Array.from({ length: 50 }, (_, i) => `{"a": ${i}}`).join('\n');
  const parquet = readFileSync(fixture('chats-snappy.parquet'));
  it.each<[string, string | Uint8Array, string]>([
    ['empty.jsonl', '', ': the data file is empty'],
    [
      'lfs.jsonl',
      'version https://git-lfs.github.com/spec/v1\noid sha256:1\n',
      ': this is a Git LFS pointer, not the data',
    ],
    ['wide.csv', Buffer.from('\ufeffa,b\n', 'utf16le'), ': the file is UTF-16 text'],
    ['x.zip', 'PK\x03\x04', ': zip files cannot be read'],
    ['x.jsonl.xz', Buffer.from('\xfd7zXZ\0', 'latin1'), ': xz files cannot be read'],
    ['x.jsonl.bz2', 'BZh9', ': bz2 files cannot be read'],
    ['x.arrow', 'ARROW1', ': arrow files cannot be read'],
    ['x.bin', 'what', ': this kind of file is not known'],
    ['x.parquet', 'PAR', ': not a Parquet file: it does not begin with PAR1'],
    [
      'cut.parquet',
      parquet.subarray(0, 900),
      ': the Parquet file is damaged, cut off or of a kind that cannot be read',
    ],
    ['cut.jsonl.gz', cut(gzipSync(long)), ': the gzip data is damaged or cut off'],
    ['cut.jsonl.br', cut(brotliCompressSync(long)), ': the brotli data is damaged or cut off'],
    ['cut.jsonl.zst', cut(zstdStored(Buffer.from(long))), ': the zstd data is damaged or cut off'],
    [
      'twice.jsonl',
      '{"a": 1}\n{"a": {"b": ":", "c": 1, "b": 2}}',
      ':2: the key "b" is written twice in one object',
    ],
    ['nul.jsonl', '{"a": 1}\n\0\0\n', ":2: not valid JSON: Unexpected token '\\u0000'"],
    ['latin.csv', Uint8Array.from([...Buffer.from('a\nx\n'), 0xe4, 10]), ':3: not UTF-8 text'],
    ['same.csv', 'a,a\n1,2\n', ':1: two columns are called "a"'],
    ['unnamed.csv', 'a,\n1,2\n', ':1: column 2 has no name'],
    ['semicolons.csv', 'a;b\n1;2\n', ':1: the header has one column with ";" in it'],
    ['ragged.csv', 'a,b\n1,2\n3\n', ':3: this record has 1 values, the header names 2 columns'],
    [
      'open.csv',
      'a,b\n1,"2\n3,4\n',
      ':2: not valid CSV: a quote is opened in this record and never closed',
    ],
    ['quote.csv', 'a,b\n1,2\n3,4"5"\n', ':3: not valid CSV: Invalid Opening Quote'],
  ])('%s', async (name, content, message) => {
    const path = write(`refused/${name}`, content);
    await expect(values(path)).rejects.toMatchObject({
      name: 'AutomodelError',
      message: expect.stringContaining(path + message) as string,
    });
  });

  it('options that say nothing about the file', async () => {
    const path = write('refused/options.csv', 'a\n1\n');
    await expect(values(path, { field: 'data' })).rejects.toThrow(
      'field is for JSON files, this is csv',
    );
    await expect(values(path, { sampleBy: 'line' })).rejects.toThrow(
      'sample_by is for text files, this is csv',
    );
  });

  it('says nothing about colons and quotes within texts', async () => {
    const row = { 'a"': ':"a":', b: [{ c: '\\"c": {', d: null }], '': 'e' };
    expect(await values(write('fine.jsonl', JSON.stringify(row)))).toEqual([row]);
  });
});
