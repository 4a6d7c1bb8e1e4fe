// Rows are chosen, cut and tokenised in threads; what comes of them does not depend on either.
import { describe, expect, it } from 'vitest';
import {
  loadDataset,
  type DatasetOptions,
  type JsonObject,
  type TokenizerFiles,
} from '../src/index.js';
import { WorkerPool } from '../src/samples/worker-pool.js';
import { chat, rowNumbers, rows, tokenizer, write } from './many-chats.js';

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
      onWrongRow: 'throw',
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
