// Wrong rows: the first one ends loading, or all of them are gathered by kind, whatever reads them.
import { brotliCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  loadDataset,
  loadRows,
  WrongRows,
  WrongRowsError,
  type DatasetOptions,
} from '../src/index.js';
import { withTemplate } from './parsed-rows.js';
import { chatml, file, jsonl, unigram } from './written-rows.js';

const chat = (role: string, content: unknown): object => ({
  messages: [
    { role: 'user', content: 'Which lock leaks?' },
    { role, content },
  ],
});
const right = chat('assistant', 'The lower one.');
const lines = (...rows: readonly (object | string)[]): string =>
  rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');

/** The error of rows that are collected. */
async function collected(load: Promise<unknown>): Promise<WrongRowsError> {
  const error: unknown = await load.then(
    () => 'no error',
    (cause: unknown) => cause,
  );
  if (error instanceof WrongRowsError) return error;
  throw error;
}

/** How many there are of each kind, and `file:row` of those that are named. */
async function found(
  paths: string | readonly string[],
  options: DatasetOptions = {},
): Promise<(readonly [count: number, places: string])[]> {
  const names = typeof paths === 'string' ? [paths] : paths;
  const short = (place = ''): string =>
    names.reduce((text, name, i) => text.replace(name, String.fromCharCode(97 + i)), place);
  const load = loadDataset(chatml, names, { onWrongRow: 'collect', ...options });
  return (await collected(load)).kinds.map(({ count, first }) => [
    count,
    first.map(({ location }) => short(location).split(':', 2).join(':')).join(' '),
  ]);
}

describe('wrong rows', () => {
  it('end loading at the first one', async () => {
    const path = file(lines(right, chat('asistant', 'x'), '{', chat('user', 'x')));
    for (const threads of [0, 2]) {
      const error: unknown = await loadDataset(chatml, path, { threads }).catch(
        (cause: unknown) => cause,
      );
      expect(error).not.toBeInstanceOf(WrongRowsError);
      expect(error).toMatchObject({ code: 'bad-data', location: `${path}:2` });
    }
  });

  it('are collected by what is said of them, over files and threads, in order', async () => {
    const paths = [
      file(lines(right, chat('asistant', 'x'), '{"a": }', chat('user', 'x'), right, 'nothing')),
      file(lines(chat('user', 'y'), chat('bot', 'The lower one.'), right, '3')),
      file(JSON.stringify([right, 3]), 'json'),
      file('[{"text": "x"}, {"text"', 'json'),
    ];
    for (const threads of [0, 2])
      expect(await found(paths, { threads })).toEqual([
        [2, 'a:2 b:2'],
        [3, 'a:3 a:6 d:1'],
        [2, 'a:4 b:1'],
        [2, 'b:4 c:2'],
      ]);
  });

  it('are named up to 20 of a kind, and counted', async () => {
    const many = jsonl(...Array.from({ length: 23 }, (_, i) => (i === 1 ? right : { text: i })));
    const [kind, ...others] = await found(many);
    expect(others).toEqual([]);
    expect(kind).toEqual([
      22,
      ['a:1', ...Array.from({ length: 19 }, (_, i) => `a:${i + 3}`)].join(' '),
    ]);
  });

  it('of more than 50 kinds are counted', async () => {
    const row = (i: number): object => ({ [String.fromCodePoint(0x4e00 + i)]: `${i}` });
    const kinds = new WrongRows();
    const error = await collected(
      loadRows(
        chatml,
        Array.from({ length: 60 }, (_, i) => row(i)),
        { onWrongRow: 'collect' },
      ),
    );
    kinds.join(error.kinds);
    expect(error.kinds).toMatchObject([{ count: 60 }]); // quoted texts do not make kinds
    const words = (i: number): string => 'x'.repeat(i + 1);
    for (let i = 0; i < 60; i++)
      kinds.join([{ kind: words(i), count: 1, first: error.kinds[0]!.first.slice(0, 1) }]);
    expect(kinds.kinds()).toHaveLength(51);
    expect(kinds.kinds().at(-1)).toMatchObject({ count: 11, first: [] });
  });

  it('are the same with the message of the first, for who prints only that', async () => {
    const path = jsonl(right, chat('asistant', 'x'), chat('user', 'x'));
    const error = await collected(loadDataset(chatml, path, { onWrongRow: 'collect' }));
    const thrown: unknown = await loadDataset(chatml, path).catch((cause: unknown) => cause);
    const { code, message, hint } = thrown as WrongRowsError;
    expect(error).toMatchObject({ code, message, hint });
  });

  it('are those of the rows asked for', async () => {
    const path = jsonl(chat('a', 'x'), right, chat('b', 'x'), right, chat('c', 'x'));
    expect(await found(path, { selection: { split: 'train[:3]' } })).toEqual([[2, 'a:1 a:3']]);
    expect(await found(path, { selection: { split: 'train[50%:]' } })).toEqual([[2, 'a:3 a:5']]);
    const list = file(JSON.stringify([3, right, chat('a', 'x'), right]), 'json');
    expect(await found(list, { selection: { split: 'train[:75%]' } })).toEqual([
      [1, 'a:1'],
      [1, 'a:3'],
    ]);
    const { report } = await loadDataset(chatml, path, {
      onWrongRow: 'collect',
      selection: { split: 'train[3:4]' },
    });
    expect(report.rows).toBe(1);
  });

  it('are collected in JSON lists, tables and compressed lines', async () => {
    const list = file(JSON.stringify([right, 3, chat('a', 'x'), 'x', right]), 'json');
    const table = file('prompt,completion\na,b\nc\nd,\ne,f,g\n', 'csv');
    const packed = file(
      brotliCompressSync(Buffer.from(lines('{', right, chat('a', 'x'), right, '{'))),
      'jsonl.br',
    );
    expect(await found([list, table, packed])).toEqual([
      [1, 'a:2'],
      [2, 'a:3 c:3'],
      [1, 'a:4'],
      [2, 'b:3 b:5'],
      [2, 'c:1 c:5'],
    ]);
  });

  it('of rows that a program gives are collected too', async () => {
    const rows = [3 as unknown as object, right, chat('a', 'x'), { text: 1 }];
    const { kinds } = await collected(loadRows(chatml, rows, { onWrongRow: 'collect' }));
    expect(kinds.flatMap(({ first }) => first.map(({ location }) => location))).toEqual([
      'rows:1',
      'rows:3',
      'rows:4',
    ]);
  });
});

describe('a file that cannot be read on', () => {
  it.each([
    ['a quote that is never closed', 'prompt,completion\na,b\nc,"d\n', 'csv'],
    ['a list that is cut off', '[{"text": "x"}, {"text"', 'json'],
  ])('%s: says so, and the next file is read', async (_, content, extension) => {
    const paths = [
      jsonl(chat('a', 'x')),
      file(content, extension),
      jsonl(chat('user', 'x'), chat('b', 'x')),
    ];
    const { kinds } = await collected(loadDataset(chatml, paths, { onWrongRow: 'collect' }));
    expect(kinds.map(({ count }) => count)).toEqual([2, 1, 1]);
    expect(kinds[1]?.first[0]?.message).toMatch(/; not all rows of this file were read$/);
    expect(kinds[1]?.first[0]?.location).toContain(paths[1]);
  });

  it('that is damaged as a whole is named among the rows of the others', async () => {
    const damaged = file('PAR1 but nothing else', 'parquet');
    const paths = [jsonl(chat('a', 'x')), damaged, jsonl(right, 3)];
    expect(await found(paths)).toEqual([
      [1, 'a:1'],
      [1, 'b'],
      [1, 'c:2'],
    ]);
  });
});

describe('an error that is not about a row', () => {
  it('ends loading at once where a template is stopped, which takes long', async () => {
    const endless =
      '{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}';
    const load = loadDataset(await withTemplate(endless), jsonl(right, right), {
      onWrongRow: 'collect',
    });
    await expect(load).rejects.toMatchObject({ name: 'AutomodelError', code: 'bad-file' });
    await expect(load).rejects.not.toBeInstanceOf(WrongRowsError);
  });

  it('is named once, and counted', async () => {
    const paths = [jsonl({ text: 3 }, right, right), jsonl({ text: 3 }, right)];
    const load = loadDataset(unigram, paths, { onWrongRow: 'collect' });
    const [text, template] = (await collected(load)).kinds;
    expect(text?.first).toHaveLength(2);
    expect(template).toMatchObject({ count: 3, first: [{ code: 'missing-tokenizer' }] });
  });
});
