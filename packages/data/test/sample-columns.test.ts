// What samples bring along beside their tokens: what they may bring, how it is stored and found
// again.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ColumnValues } from '@automodel/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { mixSamples, sampleSetOf, type Sample } from '../src/index.js';
import { readEntry } from '../src/samples/cache-entry.js';
import { CacheWriter } from '../src/samples/cache-writer.js';
import type { DatasetReport } from '../src/samples/dataset-report.js';
import { StoredSamples } from '../src/samples/stored-samples.js';
import { checkColumns, cutColumns } from '../src/samples/sample-columns.js';
import { IndexBuilder } from '../src/samples/sample-index.js';
import { splitSamples, type SampleArrays } from '../src/samples/sample-arrays.js';
import { eachTally } from '../src/samples/row-tallies.js';
import { SampleCollector } from '../src/samples/sample-collector.js';

const pixels = (...values: number[]): ColumnValues => ({
  dtype: 'f32',
  per: 'patch',
  width: 2,
  values: Float32Array.from(values),
});
const grid = (...values: number[]): ColumnValues => ({
  dtype: 'i32',
  per: 'document',
  width: 2,
  values: Int32Array.from(values),
});
const marks = (...values: bigint[]): ColumnValues => ({
  dtype: 'i64',
  per: 'token',
  width: 1,
  values: BigInt64Array.from(values),
});

const sample = (row: number, length: number, columns?: Sample['columns']): Sample => ({
  inputIds: Int32Array.from({ length }, (_, i) => 10 * row + i),
  labels: Int32Array.from({ length }, (_, i) => (i === 0 ? -100 : 10 * row + i)),
  ...(columns === undefined ? {} : { columns }),
  source: { file: 'data.jsonl', row },
});
const none = { count: 0, tokens: 0, first: [] };
function collected(samples: readonly Sample[], firstOrdinal = 0): SampleArrays {
  const collector = new SampleCollector();
  samples.forEach((one, i) => collector.add(one, one.inputIds.length - 1, firstOrdinal + i));
  return collector.finish({ rowCount: samples.length, ...eachTally(() => none) });
}

describe('a sample', () => {
  it.each<[string, Sample['columns'], string]>([
    ['a name that is no file', { 'a/b': grid(1, 2) }, 'no column of a batch can be called "a/b"'],
    [
      'the name of the tokens',
      { tokens: grid(1, 2) },
      'no column of a batch can be called "tokens"',
    ],
    [
      'values of another dtype',
      { grid: { ...grid(1, 2), dtype: 'f32' } },
      'the values of column grid are not an array of f32',
    ],
    [
      'half an entry',
      { pixels: pixels(1, 2, 3) },
      'column pixels has 3 numbers, 2 per patch, and this row has 2 on that axis',
    ],
    [
      'more than one entry per document',
      { grid: grid(1, 2, 3, 4) },
      'column grid has 4 numbers, 2 per document, and this row has 1 on that axis',
    ],
    [
      'another number of tokens',
      { marks: marks(1n) },
      'column marks has 1 numbers, 1 per token, and this row has 3 on that axis',
    ],
    [
      'columns of one axis that disagree',
      { pixels: pixels(1, 2), sizes: pixels(1, 2, 3, 4) },
      'column sizes has 4 numbers, 2 per patch, and this row has 1 on that axis',
    ],
  ])('is refused with %s', (_, columns, message) => {
    expect(() => checkColumns(sample(4, 3, columns))).toThrow(`data.jsonl:4: ${message}`);
  });

  it('may bring any number of columns', () => {
    checkColumns(
      sample(1, 3, { pixels: pixels(1, 2), grid: grid(1, 2), marks: marks(1n, 2n, 3n) }),
    );
  });

  it('is cut with what belongs to its tokens, and not with the rest', () => {
    const whole = sample(1, 3, { marks: marks(1n, 2n, 3n), grid: grid(5, 6) });
    expect(cutColumns(whole, 1, 3)).toEqual({
      columns: { marks: marks(2n, 3n), grid: grid(5, 6) },
    });
    expect(cutColumns(sample(1, 3), 1, 3)).toEqual({});
    expect(() => cutColumns(sample(2, 3, { pixels: pixels(1, 2) }), 0, 2)).toThrow(
      'data.jsonl:2: this row is too long, and its column pixels per patch cannot be cut',
    );
  });
});

describe('stored samples', () => {
  const all = [
    sample(1, 3),
    sample(2, 2, { pixels: pixels(1, 2, 3, 4), marks: marks(1n, 2n) }),
    sample(3, 4, { pixels: pixels(5, 6) }),
    sample(4, 1),
    sample(5, 2, { pixels: pixels(7, 8), grid: grid(9, 9) }),
  ];
  const folder = mkdtempSync(join(tmpdir(), 'automodel-sample-columns-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  async function write(
    name: string,
  ): Promise<{ readonly path: string; readonly order: Int32Array }> {
    const path = join(folder, name);
    const writer = await CacheWriter.begin(path, () => Promise.resolve());
    const builder = new IndexBuilder(['data.jsonl']);
    for (const [i, part] of [all.slice(0, 2), all.slice(2)].entries()) {
      const rows = collected(part);
      builder.append(rows, 0, 2 * i);
      await writer.append([rows.tokens, ...rows.columns]);
    }
    const order = Int32Array.of(4, 0, 2, 1, 3);
    const { index, fingerprint } = builder.finish(order);
    const readers = await writer.finish(index, fingerprint, {} as DatasetReport, ['data.jsonl']);
    for (const reader of [readers.tokens, ...readers.columns]) reader.close();
    return { path, order };
  }

  it('are what they were, in any order, whoever lacks a column', async () => {
    const { path, order } = await write('kept');
    const { meta, index, readers } = await readEntry(path);
    const samples = new StoredSamples(index, readers, meta.files, meta.fingerprint);
    expect(samples.slice()).toEqual(
      Array.from(order, (i) => ({ ...all[i]!, columns: all[i]!.columns ?? {} })),
    );
    expect(samples.columns.map(({ column }) => column)).toEqual(['pixels', 'marks', 'grid']);
    expect([...samples.counts('pixels')]).toEqual([1, 0, 1, 2, 0]);
    expect([...samples.counts('no such column')]).toEqual([0, 0, 0, 0, 0]);
    samples.close();
  });

  it.each(['pixels.bin', 'marks.bin', 'index.bin'])('notice a damaged %s', async (name) => {
    const { path } = await write(`damaged-${name}`);
    const file = join(path, name);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
    await expect(readEntry(path)).rejects.toThrow('damaged');
    writeFileSync(file, bytes.subarray(4));
    await expect(readEntry(path)).rejects.toThrow('damaged');
  });

  it('are divided with their columns', () => {
    const [first, others] = splitSamples(collected(all), 3);
    expect(first.columns).toEqual([
      expect.objectContaining({ values: Float32Array.of(1, 2, 3, 4, 5, 6) }),
      expect.objectContaining({ values: BigInt64Array.of(1n, 2n) }),
      expect.objectContaining({ values: new Int32Array(0) }),
    ]);
    expect(others.columns.map(({ counts }) => [...counts])).toEqual([
      [0, 1],
      [0, 0],
      [0, 1],
    ]);
    expect(others.tokens.values.length).toBe(3);
  });

  it('have columns of one type', () => {
    const other = sample(7, 2, { pixels: { ...pixels(1, 2), width: 1 } });
    const message = 'data.jsonl:7: column pixels is 1 f32 per patch here and was 2 f32 per patch';
    expect(() => collected([all[1]!, other])).toThrow(message);
    expect(() => sampleSetOf([all[1]!, other])).toThrow(message);
    const builder = new IndexBuilder(['data.jsonl']);
    builder.append(collected(all), 0, 0);
    expect(() => builder.append(collected([all[0]!, other]), 0, 5)).toThrow(message);
    expect(() => mixSamples([sampleSetOf(all), sampleSetOf([other])], { weights: [1, 1] })).toThrow(
      'data set 2 of the mixture: column pixels is 1 f32 per patch',
    );
  });

  it('tell their fingerprint by every entry', () => {
    const of = (...samples: Sample[]): string => sampleSetOf(samples).fingerprint;
    const plain = sample(1, 3);
    expect(of(plain)).not.toBe(of({ ...plain, columns: { pixels: pixels(1, 2) } }));
    expect(of({ ...plain, columns: { pixels: pixels(1, 2) } })).not.toBe(
      of({ ...plain, columns: { pixels: pixels(1, 3) } }),
    );
    const stored = (value: number): string => {
      const builder = new IndexBuilder(['data.jsonl']);
      builder.append(collected([{ ...plain, columns: { pixels: pixels(1, value) } }]), 0, 0);
      return builder.finish(undefined).fingerprint;
    };
    expect(stored(2)).not.toBe(stored(3));
  });

  it('keep their columns in a mixture', () => {
    const { samples } = mixSamples([sampleSetOf(all), sampleSetOf([sample(1, 3)])], {
      weights: [9, 1],
      stoppingStrategy: 'all_exhausted',
    });
    const counts = samples
      .slice()
      .map(({ columns }) => (columns?.['pixels']?.values.length ?? 0) / 2);
    expect([...samples.counts('pixels')]).toEqual(counts);
    expect(counts).toContain(2);
  });
});
