// Which files a path names, and what cannot be read is refused by name.
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type OpenOptions } from '../src/index.js';
import { fixture, folder, values, write, zstdStored } from './written-files.js';

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
