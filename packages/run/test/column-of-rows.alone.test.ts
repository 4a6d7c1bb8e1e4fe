// What a new column of a batch costs: a format that makes it and a model that asks for it. Both are
// toys here, and everything between a row of JSON and a program's input is as it is.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace } from '@automodel/core';
import {
  loadDataset,
  openDataFiles,
  Tokenizer,
  type DatasetType,
  type GlobalBatch,
  type MicroBatch,
  type RowFormat,
  type SampleSet,
} from '@automodel/data';
import { checkRecipe, type Recipe } from '@automodel/recipe';
import { batchTensors, writeBatch } from '@automodel/session';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loaderOf, streamingLoaderOf } from '../src/open/loader-of.js';
import { layout, model } from './pictures/model.js';
import { WIDTH } from './pictures/format.js';

const ALONE = { size: 1, rank: 0 };

// Found as formats are that have a file in packages/data/src/formats.
vi.mock('../../data/src/formats/formats.js', async (original) => {
  const { pictures } = await import('./pictures/format.js');
  const { FORMATS } = await original<{ readonly FORMATS: readonly RowFormat[] }>();
  return { FORMATS: [...FORMATS, pictures] };
});

/** Its name where only types of built-in formats are known. */
const TYPE = 'pictures' as DatasetType;

const folder = mkdtempSync(join(tmpdir(), 'automodel-columns-'));
const path = join(folder, 'rows.jsonl');
const pixelsOf = (row: number): number[] =>
  Array.from({ length: WIDTH * (row % 4) }, (_, i) => Math.fround(row + i / 10));

let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await Tokenizer.fromPretrained('goldens/tokenizers/qwen2');
  const rows = Array.from({ length: 40 }, (_, i) => ({
    text: `picture ${i + 1} ${'more '.repeat(i % 5)}`,
    pixels: pixelsOf(i + 1),
  }));
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
});
afterAll(() => rmSync(folder, { recursive: true }));

const recipeOf = (more: Partial<Recipe>): ReturnType<typeof checkRecipe>['recipe'] =>
  checkRecipe({
    model: { pretrained_model_name_or_path: 'model' },
    dataset: { type: 'text', path_or_dataset_id: path },
    step_scheduler: { global_batch_size: 4, local_batch_size: 2, max_steps: 10 },
    optimizer: { type: 'sgd', lr: 0.1 },
    ...more,
  }).recipe;

const loaded = async (): Promise<{ readonly samples: SampleSet; readonly fromCache: boolean }> => {
  const { samples, report } = await loadDataset(tokenizer, path, {
    type: TYPE,
    cache: { directory: join(folder, 'cache'), minBytes: 0 },
  });
  return { samples, fromCache: report.fromCache };
};

/** What a program that reads the layout gets, checked against the shapes that it declares. */
function inputsOf(batch: MicroBatch): Map<string, number[]> {
  const inputs = new Map<string, number[]>();
  const { inputs: declared } = trace('inputs', (t) => {
    batchTensors(t, model, batch.capacity);
  });
  const target = {
    reads: (name: string) => layout.columns.some(({ column }) => column === name),
    write: (name: string, data: ArrayBufferView) =>
      void inputs.set(name, Array.from(data as Float32Array)),
  };
  writeBatch(target, layout.columns, batch);
  for (const { input, shape } of declared)
    expect([input.name, inputs.get(input.name)?.length]).toEqual([
      input.name,
      shape.reduce((size, length) => size * length, 1),
    ]);
  return inputs;
}

/** Every micro-batch holds the pixels of its documents, in their order, and zeros after them. */
function expectPixels(batch: GlobalBatch): void {
  for (let i = 0; i < batch.microBatches; i++) {
    const micro = batch.microBatch(i);
    const pixels = micro.documents.flatMap(({ source }) => pixelsOf(source.row));
    expect(micro.used['patch']).toBe(pixels.length / WIDTH);
    const written = inputsOf(micro).get('pixel_values')!;
    expect(written).toEqual(
      Array.from({ length: WIDTH * micro.capacity['patch']! }, (_, at) => pixels[at] ?? 0),
    );
  }
}

describe('a column per patch', () => {
  it('comes out of the cache as it went in', async () => {
    const [cold, warm] = [await loaded(), await loaded()];
    expect([cold.fromCache, warm.fromCache]).toEqual([false, true]);
    expect(warm.samples.fingerprint).toBe(cold.samples.fingerprint);
    expect(warm.samples.slice()).toEqual(cold.samples.slice());
    for (const [i, { columns, source }] of warm.samples.slice().entries()) {
      expect(source.row).toBe(i + 1);
      expect([...(columns?.['pixel_values']?.values ?? [])]).toEqual(pixelsOf(i + 1));
    }
    const [entry] = readdirSync(join(folder, 'cache'));
    expect(readdirSync(join(folder, 'cache', entry!)).sort()).toEqual([
      'index.bin',
      'meta.json',
      'pixel_values.bin',
      'tokens.bin',
    ]);
    for (const { samples } of [cold, warm]) samples.close();
  });

  it.each([
    ['one sample after the other', 0],
    ['packed', 48],
  ])('reaches the program, %s', async (_, packedSequenceSize) => {
    const recipe = recipeOf({ packed_sequence: { packed_sequence_size: packedSequenceSize } });
    const { samples } = await loaded();
    const loader = loaderOf(model, { samples }, recipe, { shuffle: true, ranks: ALONE });
    if (packedSequenceSize === 0) expect(loader.capacity).toMatchObject({ document: 2, patch: 6 });
    let rows = 0;
    for (const batch of loader.batchesOf(1)) {
      expectPixels(batch);
      rows += batch.sources.length;
    }
    expect(rows).toBe(40);
    samples.close();
  });

  it('reaches the program from a stream', async () => {
    const recipe = recipeOf({
      packed_sequence: { packed_sequence_size: 48, packing_strategy: 'neat' },
    });
    const { samples } = await loaded();
    const section = { ...recipe.dataset, type: TYPE, shuffle_buffer_size: 15 };
    const files = await openDataFiles(path);
    const loader = streamingLoaderOf(model, tokenizer, files, section, recipe, {
      ranks: ALONE,
      localProcesses: 1,
      stopTokens: [],
      first: samples,
    });
    let rows = 0;
    for (let batch = await loader.next(); batch.epoch === 0; batch = await loader.next()) {
      expectPixels(batch);
      rows += batch.sources.length;
    }
    expect(rows).toBe(40);
    await loader.close();
    samples.close();
  });
});
