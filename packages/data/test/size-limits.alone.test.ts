// How large files and values may be, tried with small limits in place of the real ones.
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openDataFiles, splitFile } from '../src/index.js';
import { readJson, readText } from '../src/tokenizer/folder-files.js';
import { fixture, values, write } from './written-files.js';

const limits = vi.hoisted(() => ({ bytes: 4000 }));
vi.mock('../src/sources/size-limits.js', () => ({
  get MAX_VALUE_BYTES() {
    return limits.bytes;
  },
  MAX_VALUE: '4 kB',
  MAX_EXPANSION: 10,
  PARQUET_PART_ROWS: 7,
}));
vi.mock('../src/json/json-limits.js', () => ({ JSON_LIMITS: { values: 500, depth: 20 } }));

afterEach(() => {
  limits.bytes = 4000;
});

const row = '{"question":"q","answer":"a"}\n';
const long = 'a'.repeat(5000);
const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const many = `[${'{},'.repeat(600)}{}]`;

/** The error of reading the file, without its folder and what it says behind its place. */
const refusal = (path: string, options = {}): Promise<string> =>
  values(path, options).then(
    () => 'read',
    (error: unknown) => (error as Error).message.slice(path.lastIndexOf('/') + 1),
  );

describe('a value', () => {
  it.each<[string, string, string]>([
    ['line.jsonl', `${row}{"question":"${long}"}\n`, ':2: this line is longer than 4 kB'],
    ['line.tsv', `a\tb\n1\t2\n3\t${long}`, ':3: this line is longer than 4 kB'],
    ['lines.csv', `a,b\n1,2\n3,"${'a\n'.repeat(2500)}"\n4,5\n`, ':3: this record is longer'],
    ['open.tsv', `a\tb\n1\t2\n3\t"${'a\n'.repeat(2500)}`, ':3: this record is longer'],
    ['second.csv', `a,b\n1,"2\n"\n3,"${'a\n'.repeat(2500)}`, ':4: this record is longer'],
    ['ended.csv', `a,b\n1,"${'a\n'.repeat(2500)}"`, ':2: this record is longer'],
    ['enough.csv', `a,b\n${`1,"${'a\n'.repeat(1500)}"\n`.repeat(3)}`, 'read'],
    ['last.txt', long, ':1: this line is longer than 4 kB'],
    ['line.txt', `${long}\n${long}`, ':1: this line is longer than 4 kB'],
    [
      'one.json',
      `[\n${row.repeat(200).replaceAll('}\n', '},\n')}{}]`,
      ': this JSON text is larger',
    ],
    ['many.json', many, ': more than 500 values in one JSON text'],
    ['many.jsonl', `${row}{"answer":${many}}\n`, ':2: more than 500 values in one JSON text'],
    ['list.jsonl', `${row}${many}\n`, ':2: more than 500 values in one JSON text'],
    ['first.json', `{"answer":${many}}\n`, ':1: more than 500 values in one JSON text'],
    ['deep.jsonl', `${row}{"answer":${nested(20)}}\n`, ':2: values are more than 20 levels deep'],
    ['deep.json', `[{"answer":${nested(20)}}]`, ': values are more than 20 levels deep'],
    ['strings.jsonl', `{"a":"${'[,{'.repeat(600)}\\",${','.repeat(600)}"}\n`, 'read'],
    ['enough.jsonl', `{"a":[${'[],'.repeat(200)}${nested(18)}]}\n`, 'read'],
  ])('%s', async (name, content, expected) => {
    expect(await refusal(write(name, content))).toContain(
      expected === 'read' ? expected : `${name}${expected}`,
    );
  });

  it('of text: paragraphs and documents', async () => {
    const path = write('text.txt', `b\n\n${'a\n'.repeat(2500)}`);
    expect(await refusal(path)).toBe('read');
    expect(await refusal(path, { sampleBy: 'paragraph' })).toMatch(
      /^text\.txt:3: this paragraph is/,
    );
    expect(await refusal(path, { sampleBy: 'document' })).toMatch(/^text\.txt:1: this document is/);
  });
});

describe('a compressed file', () => {
  it.each([
    ['bomb.jsonl.gz', gzipSync(row.repeat(2000))],
    ['bomb.csv.gz', gzipSync(`a,b\n${'1,2\n'.repeat(5000)}`)],
    ['bomb.txt.br', brotliCompressSync('a\n'.repeat(5000))],
  ])('%s is refused before a row is read', async (name, content) => {
    await expect(openDataFiles(write(name, content))).rejects.toThrow(
      'its compressed data becomes more than 10 times as large as on disk, and more than 4 kB',
    );
  });

  it('that is small, or grows little, is read', async () => {
    expect(await refusal(write('small.txt.gz', gzipSync('a\n'.repeat(1900))))).toBe('read');
    const numbers = Array.from({ length: 3000 }, (_, i) => (i * 7919) % 10007).join('\n');
    expect(await refusal(write('dense.txt.gz', gzipSync(numbers)))).toBe('read');
  });

  it('that becomes large later is refused where it does', async () => {
    const numbers = Array.from({ length: 3000 }, (_, i) => (i * 7919) % 10007).join('\n');
    const path = write('later.txt.gz', gzipSync(`${numbers}\n${'1\n'.repeat(200_000)}`));
    expect(await refusal(path)).toContain('more than 10 times as large');
  });
});

describe('Parquet', () => {
  it.each([
    [4, 'chats-gzip.parquet: a page is larger than 4 kB'],
    [4, 'chats-none.parquet: a value is larger than 4 kB'],
  ])('refuses what has more than %i bytes', async (bytes, expected) => {
    limits.bytes = bytes;
    const [name = ''] = expected.split(':');
    expect(await refusal(fixture(name))).toBe(expected);
  });

  // pq.write_table(pa.table({'text': pa.array(['equal'] * 20000)}), path, store_schema=False)
  it('refuses many equal values, which take no bytes', async () => {
    expect(await refusal(fixture('equal-rows.parquet'))).toBe(
      'equal-rows.parquet: its compressed data becomes more than 10 times as large as on disk, ' +
        'and more than 4 kB',
    );
  });

  it('reads few rows together, however small they are', async () => {
    const [file] = await openDataFiles(fixture('groups.parquet'));
    const sizes: number[] = [];
    for await (const { start, end } of splitFile(file!, 1 << 30)) sizes.push(end - start);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThan(14);
  });
});

describe('files of a tokenizer', () => {
  it('are refused by their size, their values and their depth', async () => {
    await expect(readText(write('merges.txt', long))).rejects.toThrow(
      'merges.txt: the file is larger than 4 kB',
    );
    await expect(readJson(write('tokenizer.json', `{"a":${many}}`))).rejects.toThrow(
      'tokenizer.json: more than 500 values in one JSON text',
    );
    await expect(readJson(write('deep.json', `{"a":${nested(20)}}`))).rejects.toThrow(
      'deep.json: values are more than 20 levels deep',
    );
  });
});
