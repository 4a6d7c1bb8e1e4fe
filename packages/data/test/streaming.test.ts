import { gzipSync } from 'node:zlib';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  openDataFiles,
  StreamingLoader,
  Tokenizer,
  type DataFile,
  type GlobalBatch,
  type StreamingLoaderOptions,
  type StreamingState,
} from '../src/index.js';
import { tokenizerFolder } from './golden-tokenizers.js';

const folder = mkdtempSync(join(tmpdir(), 'automodel-streaming-'));
afterAll(() => rmSync(folder, { recursive: true }));

let tokenizer: Tokenizer;
let files: readonly DataFile[];
const ROWS = [2600, 700] as const;
beforeAll(async () => {
  tokenizer = await Tokenizer.fromPretrained(tokenizerFolder('qwen2'));
  const text = (count: number): string =>
    Array.from(
      { length: count },
      (_, i) => `${JSON.stringify({ text: `row ${i} ${'and more of it '.repeat(i % 13)}` })}\n`,
    ).join('');
  writeFileSync(join(folder, 'a.jsonl'), text(ROWS[0]));
  writeFileSync(join(folder, 'b.jsonl.gz'), gzipSync(text(ROWS[1])));
  files = await openDataFiles([join(folder, 'a.jsonl'), join(folder, 'b.jsonl.gz')]);
});

const loader = (more: Partial<StreamingLoaderOptions> = {}): StreamingLoader =>
  new StreamingLoader(tokenizer, {
    files,
    rows: { maxLength: 128 },
    globalBatchSize: 100,
    localBatchSize: 20,
    windowRows: 800,
    steps: 60,
    threads: 0,
    ...more,
  });
const placesOf = (batch: GlobalBatch): string[] =>
  batch.sources.map(({ file, row }) => `${file.at(-1)}${row}`);
const take = async (from: StreamingLoader, count: number): Promise<string[][]> => {
  const batches: string[][] = [];
  for (let i = 0; i < count; i++) batches.push(placesOf(await from.next()));
  return batches;
};

it('delivers every row once an epoch, shuffled within windows, anew each epoch', async () => {
  await using stream = { all: loader(), [Symbol.asyncDispose]: () => stream.all.close() };
  const epochs: string[][] = [[], []];
  const windows = new Map<number, string>();
  for (let batch = await stream.all.next(); batch.epoch < 2; batch = await stream.all.next()) {
    epochs[batch.epoch]!.push(...placesOf(batch));
    const { epoch, window, place } = stream.all.state();
    if (epoch === 0) windows.set(window, files[place.file]!.path.at(-1)!);
  }
  const inOrder = [
    ...Array.from({ length: ROWS[0] }, (_, i) => `l${i + 1}`),
    ...Array.from({ length: ROWS[1] }, (_, i) => `z${i + 1}`),
  ];
  const everyRow = [...inOrder].sort();
  for (const epoch of epochs) expect([...epoch].sort()).toEqual(everyRow);
  expect(epochs[0]).not.toEqual(epochs[1]);
  // the fourth begins in one file and ends in the other
  expect([...windows.values()]).toEqual(['l', 'l', 'l', 'l', 'z']);
  for (const epoch of epochs)
    for (let at = 0; at < everyRow.length; at += 800)
      expect([...epoch.slice(at, at + 800)].sort()).toEqual(inOrder.slice(at, at + 800).sort());
});

it(
  'goes on exactly where it was saved, wherever that was, and fills batches from window after ' +
    'window',
  async () => {
    const sizes = { globalBatchSize: 140, windowRows: 330 };
    const whole = loader(sizes);
    const expected = await take(whole, 40);
    await whole.close();
    expect(expected.slice(0, 25).map(({ length }) => length)).toEqual([
      ...new Array<number>(23).fill(140),
      80,
      140,
    ]);
    for (const stop of [0, 1, 2, 3, 9, 18, 23, 24, 25, 39]) {
      const before = loader(sizes);
      await take(before, stop);
      const state = JSON.parse(JSON.stringify(before.state())) as StreamingState;
      await before.close();
      if (stop === 3)
        expect(state).toMatchObject({
          epoch: 0,
          index: 3,
          window: 1,
          item: 90,
          place: { file: 0, firstRow: 1, skip: 330 },
        });
      const after = loader(sizes);
      after.restore(state);
      expect(await take(after, 40 - stop)).toEqual(expected.slice(stop));
      await after.close();
    }
    const small = loader({ ...sizes, windowRows: 50 });
    expect((await take(small, 24)).map(({ length }) => length)).toEqual(
      expected.slice(0, 24).map(({ length }) => length),
    );
    await small.close();
  },
);

it.each<[string, () => Partial<StreamingLoaderOptions>]>([
  ['files', () => ({ files: files.slice(0, 1) })],
  ['way of making samples', () => ({ rows: { maxLength: 127 } })],
  ['global batch size', () => ({ globalBatchSize: 80 })],
  ['size of packs', () => ({ packedSequenceSize: 128 })],
  ['packing strategy', () => ({ packingStrategy: 'neat' })],
  ['number of rows in a window', () => ({ windowRows: 900 })],
  ['shuffling', () => ({ shuffle: false })],
  ['seed', () => ({ seed: 7 })],
])('does not go on with another %s', (_what, change) => {
  const state = loader().state();
  expect(() => loader(change()).restore(state)).toThrow('cannot be resumed here');
  loader({ localBatchSize: 10, steps: 70 }).restore(state);
});

it('packs within fixed sizes, and gives the same in threads', async () => {
  const options = {
    packedSequenceSize: 256,
    packingStrategy: 'neat',
    rows: {},
    globalBatchSize: 4,
    localBatchSize: 2,
  } as const;
  const [alone, together] = [loader(options), loader({ ...options, threads: 2 })];
  expect(alone.capacity).toEqual({ token: 512, document: 32 });
  expect(await take(together, 30)).toEqual(await take(alone, 30));
  const batch = await alone.next();
  expect(batch.microBatch(0).capacity['token']).toBe(512);
  await Promise.all([alone.close(), together.close()]);
});

it('tells errors when their rows come up, and what it needs', async () => {
  expect(() => loader({ rows: {} })).toThrow('streaming needs a limit on the tokens of a row');
  expect(() => loader({ globalBatchSize: 30 })).toThrow(
    'global_batch_size 30 is not a multiple of local_batch_size 20',
  );
  writeFileSync(join(folder, 'bad.jsonl'), `${'{"text": "fine"}\n'.repeat(5)}{"text": 3}\n`);
  const bad = loader({ files: await openDataFiles(join(folder, 'bad.jsonl')) });
  await expect(bad.next()).rejects.toThrow(/bad\.jsonl:6: "text" must be a text/);
  await bad.close();
  writeFileSync(join(folder, 'long.jsonl'), '{"text": "much too long for this"}\n');
  const none = loader({
    files: await openDataFiles(join(folder, 'long.jsonl')),
    rows: { maxLength: 2, overlong: 'drop' },
  });
  await expect(none.next()).rejects.toThrow('nothing to train on');
  await none.close();
});
