import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  loadDataset,
  Tokenizer,
  type DatasetOptions,
  type JsonObject,
  type SampleSet,
  type TokenizerFiles,
} from '../src/index.js';
import { WorkerPool } from '../src/samples/worker-pool.js';
import { tokenizerFolder } from './golden-tokenizers.js';

const folder = mkdtempSync(join(tmpdir(), 'automodel-preparation-'));
afterAll(() => rmSync(folder, { recursive: true }));

let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await Tokenizer.fromPretrained(tokenizerFolder('qwen2'));
});

const chat = (i: number): unknown => ({
  messages: [
    { role: 'user', content: `question ${i} ${'why '.repeat(i % 7)}` },
    { role: 'assistant', content: `answer ${i * 31} ${'because '.repeat(i % 11)}` },
  ],
});
let files = 0;
const write = (rows: readonly unknown[], name = `data${files++}.jsonl`): string => {
  writeFileSync(
    join(folder, name),
    `${rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n')}\n`,
  );
  return join(folder, name);
};
const rows = (count: number): unknown[] => Array.from({ length: count }, (_, i) => chat(i));
const rowNumbers = (samples: SampleSet): number[] =>
  samples.slice().map(({ source }) => source.row);

describe('threads', () => {
  it('give what this thread gives, and the first error in order of rows', async () => {
    const path = write(rows(9000));
    const [alone, together] = [
      await loadDataset(tokenizer, path, { threads: 0 }),
      await loadDataset(tokenizer, path, { threads: 2 }),
    ];
    expect(together.samples.fingerprint).toBe(alone.samples.fingerprint);
    expect({ ...together.report, seconds: 0 }).toEqual({ ...alone.report, seconds: 0 });
    expect(together.samples.sample(8456)).toEqual(alone.samples.sample(8456));
    const wrong = rows(9000).map((row, i) =>
      i === 4000 || i === 4100 || i === 8900 ? { text: 3 } : row,
    );
    await expect(loadDataset(tokenizer, write(wrong), { threads: 2 })).rejects.toMatchObject({
      name: 'AutomodelError',
      code: 'bad-data',
      location: expect.stringMatching(/:4001$/) as string,
    });
    const stop = new AbortController();
    const stopped = loadDataset(tokenizer, path, {
      threads: 2,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('a thread that dies', () => {
  it('is one line, for the row at hand and for those after it', async () => {
    const pool = new WorkerPool(1, {
      files: {
        ...tokenizer.files,
        definition: 'nothing' as unknown as TokenizerFiles['definition'],
      },
      options: {},
    });
    const task = {
      rows: [{ value: chat(0) as JsonObject, source: { file: 'a.jsonl', row: 1 } }],
      ordinals: Int32Array.of(0),
    };
    const answers = await Promise.allSettled([pool.run(task), pool.run(task)]);
    await pool.close();
    for (const answer of answers)
      expect(answer).toMatchObject({
        status: 'rejected',
        reason: {
          code: 'internal',
          message: expect.stringMatching(
            /^a thread that tokenises rows ended unexpectedly: .+$/,
          ) as string,
        },
      });
  });
});

describe('selection', () => {
  it('is made before tokenising: rows that are not chosen may be anything', async () => {
    const path = write([chat(0), '', { text: 3 }, chat(1), chat(2), chat(3), chat(4)]);
    const chosen = async (selection: DatasetOptions['selection']): Promise<number[]> =>
      rowNumbers((await loadDataset(tokenizer, path, { selection })).samples);
    expect(await chosen({ split: 'train[2:5]' })).toEqual([4, 5, 6]);
    expect(await chosen({ split: 'train[50%:]' })).toEqual([5, 6, 7]);
    expect(await chosen({ split: 'train[-2:]' })).toEqual([6, 7]);
    expect(await chosen({ limit: 1 })).toEqual([1]);
    await expect(chosen({ limit: 2 })).rejects.toThrow(/:3: "text" must be a text/);
    await expect(chosen({ split: 'train[70:]' })).rejects.toThrow(
      'split and limit leave none of the 6 rows',
    );
    await expect(chosen({ split: 'train+test' })).rejects.toThrow('joins splits');
    await expect(chosen({ split: 'train[1:50%]' })).rejects.toThrow(
      'mixes row numbers and percents',
    );
  });

  it('shuffles over all files, and cut rows stay together', async () => {
    const paths = [write(rows(30)), write(rows(30))];
    const { samples, report } = await loadDataset(tokenizer, paths, {
      selection: { shuffleSeed: 3, limit: 20 },
      maxLength: 16,
      overlong: 'split',
    });
    const places = samples.slice().map(({ source }) => `${source.file}:${source.row}`);
    const once = places.filter((place, i) => place !== places[i - 1]);
    expect(new Set(once).size).toBe(once.length);
    expect([
      once.length,
      new Set(samples.slice().map(({ source }) => source.file)).size,
      report.rows,
    ]).toEqual([20, 2, 20]);
    expect(once).not.toEqual([...once].sort());
    expect(report.split.count).toBeGreaterThan(0);
  });
});

describe('long rows', () => {
  it('are cut into pieces that join to the row, without those that train nothing', async () => {
    const path = write([
      {
        messages: [
          { role: 'user', content: 'the '.repeat(60) },
          { role: 'assistant', content: 'yes '.repeat(30) },
        ],
      },
    ]);
    const [whole] = (await loadDataset(tokenizer, path)).samples.slice();
    const { samples, report } = await loadDataset(tokenizer, path, {
      maxLength: 20,
      overlong: 'split',
    });
    const ids = [...whole!.inputIds];
    const joined = samples.slice().flatMap(({ inputIds }) => [...inputIds]);
    expect(ids.slice(-joined.length)).toEqual(joined);
    expect(samples.slice().flatMap(({ labels }) => [...labels])).toEqual(
      [...whole!.labels].slice(-joined.length),
    );
    expect(report.split).toEqual({
      count: 1,
      tokens: ids.length - joined.length,
      first: [{ file: path, row: 1 }],
    });
    expect(report.split.tokens % 20).toBe(0);
    for (const trained of samples.trained) expect(trained).toBeGreaterThan(0);
  });
});

describe('the cache', () => {
  const directory = join(folder, 'cache');
  const cache = { directory, leastBytes: 0 };
  const entries = (): string[] => readdirSync(directory).filter((name) => !name.includes('.'));

  it('gives the same samples, under the names of today', async () => {
    const path = write(rows(50));
    const options: DatasetOptions = {
      cache,
      maxLength: 24,
      overlong: 'split',
      selection: { shuffleSeed: 1 },
    };
    const first = await loadDataset(tokenizer, path, options);
    const moved = write(rows(50), 'moved.jsonl');
    const second = await loadDataset(tokenizer, moved, options);
    expect([first.report.fromCache, second.report.fromCache, entries().length]).toEqual([
      false,
      true,
      1,
    ]);
    expect(second.samples.fingerprint).toBe(first.samples.fingerprint);
    expect(second.samples.slice()).toEqual(
      first.samples
        .slice()
        .map((sample) => ({ ...sample, source: { file: moved, row: sample.source.row } })),
    );
    expect(second.report.split).toEqual({
      ...first.report.split,
      first: first.report.split.first.map(({ row }) => ({ file: moved, row })),
    });
    expect(first.samples.slice()).toEqual(
      (await loadDataset(tokenizer, path, { ...options, cache: undefined })).samples.slice(),
    );
    for (const { samples } of [first, second]) samples.close();
  });

  it('makes another entry for anything that changes samples', async () => {
    const path = write(rows(6));
    const other = new Tokenizer({
      ...tokenizer.files,
      chatTemplates: new Map([
        ['default', `{# other #}${tokenizer.files.chatTemplates.get('default')}`],
      ]),
    });
    const variants: readonly (readonly [Tokenizer, string, DatasetOptions])[] = [
      [tokenizer, path, {}],
      [tokenizer, write(rows(7)), {}],
      [other, path, {}],
      [tokenizer, path, { selection: { limit: 3 } }],
      [tokenizer, path, { maxLength: 200 }],
      [tokenizer, path, { maskHistory: true }],
      [tokenizer, path, { trainAll: true }],
      [tokenizer, path, { columns: { messages: 'messages' } }],
      [tokenizer, path, { maxLength: 200, overlong: 'drop' }],
    ];
    const before = entries().length;
    for (const [own, file, options] of variants) {
      const made = await loadDataset(own, file, { ...options, cache });
      expect(made.report.fromCache).toBe(false);
      made.samples.close();
    }
    expect(entries().length - before).toBe(variants.length);
  });

  it.each(['tokens.bin', 'index.bin', 'meta.json'])(
    'notices a damaged %s and makes it again',
    async (name) => {
      const own = { directory: join(folder, `damaged-${name}`), leastBytes: 0 };
      const path = write(rows(20));
      (await loadDataset(tokenizer, path, { cache: own })).samples.close();
      const file = join(own.directory, readdirSync(own.directory)[0]!, name);
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1]! ^= 1;
      if (name === 'meta.json') truncateSync(file, 10);
      else writeFileSync(file, bytes);
      const again = await loadDataset(tokenizer, path, { cache: own });
      expect(again.report).toMatchObject({
        fromCache: false,
        notes: [expect.stringContaining('damaged')],
      });
      again.samples.close();
      expect((await loadDataset(tokenizer, path, { cache: own })).report).toMatchObject({
        fromCache: true,
        notes: [],
      });
    },
  );

  it('keeps to its size: what was not used for long goes first, what may be in use stays', async () => {
    const own = join(folder, 'bounded');
    const load = async (count: number, mostBytes: number): Promise<void> =>
      (
        await loadDataset(tokenizer, write(rows(count)), {
          cache: { directory: own, leastBytes: 0, mostBytes },
        })
      ).samples.close();
    const age = (name: string, days: number): void => {
      const then = new Date(Date.now() - days * 24 * 3600 * 1000);
      for (const file of readdirSync(join(own, name)))
        utimesSync(join(own, name, file), then, then);
    };
    const made: string[] = [];
    for (const [count, days] of [
      [10, 4],
      [11, 3],
      [12, 2],
      [13, 0],
    ] as const) {
      await load(count, 1e9);
      made.push(readdirSync(own).find((name) => !made.includes(name))!);
      age(made.at(-1)!, days);
    }
    mkdirSync(join(own, 'x.1-a.partial'));
    writeFileSync(join(own, 'x.1-a.partial', 'tokens.bin'), 'left by a run that was broken off');
    age('x.1-a.partial', 5);
    const bytes = (names: readonly string[]): number =>
      names
        .flatMap((name) =>
          readdirSync(join(own, name)).map((file) => statSync(join(own, name, file)).size),
        )
        .reduce((sum, size) => sum + size, 0);
    await load(10, 1e9); // used again: no longer the oldest
    await load(14, bytes(made) + 1000);
    const left = readdirSync(own);
    expect(made.map((name) => left.includes(name))).toEqual([true, false, true, true]);
    expect(left.length).toBe(4);
    await load(15, 1);
    expect(made.map((name) => readdirSync(own).includes(name))).toEqual([true, false, false, true]);
  });

  it('holds one entry where several runs make it at once', async () => {
    const own = { directory: join(folder, 'at-once'), leastBytes: 0 };
    const path = write(rows(40));
    const made = await Promise.all(
      [1, 2, 3].map(() => loadDataset(tokenizer, path, { cache: own })),
    );
    expect(readdirSync(own.directory)).toHaveLength(1);
    for (const { samples } of made) {
      expect([samples.fingerprint, samples.sample(39).source.row]).toEqual([
        made[0]!.samples.fingerprint,
        40,
      ]);
      samples.close();
    }
    expect((await loadDataset(tokenizer, path, { cache: own })).report).toMatchObject({
      fromCache: true,
      notes: [],
    });
  });

  it('does without where it cannot be written, and keeps nothing of a failed load', async () => {
    const blocked = join(folder, 'blocked');
    writeFileSync(blocked, '');
    expect(
      (
        await loadDataset(tokenizer, write(rows(5)), {
          cache: { directory: blocked, leastBytes: 0 },
        })
      ).report,
    ).toMatchObject({ samples: 5, fromCache: false });
    const own = join(folder, 'failed');
    mkdirSync(own);
    await expect(
      loadDataset(tokenizer, write([chat(0), { text: 3 }]), {
        cache: { directory: own, leastBytes: 0 },
      }),
    ).rejects.toMatchObject({ code: 'bad-data' });
    expect(readdirSync(own)).toEqual([]);
  });
});
