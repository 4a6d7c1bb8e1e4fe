// The best speed of each kind of work is kept, and read for work like it.
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { busyMachine } from '../src/index.js';
import { rememberSpeed, seenSeconds, type KindOfWork } from '../src/machine/seen-speed.js';

const work: KindOfWork = { device: 'a processor', precision: 'f32', trained: 'lora', flops: 1e9 };

test('a run is as fast as the best one of its kind; the first step does not count', async () => {
  const root = await mkdtemp(join(tmpdir(), 'automodel-speed-'));
  const datasets = join(root, 'cache/datasets');
  expect(await seenSeconds(work, datasets)).toBeUndefined();
  await rememberSpeed(work, [0.001], datasets);
  expect(await seenSeconds(work, datasets)).toBeUndefined();
  await rememberSpeed(work, [9, 0.5, 0.4, 0.6], datasets);
  expect(await seenSeconds(work, datasets)).toBeCloseTo(0.4, 9);
  await rememberSpeed(work, [1, 1, 1], datasets);
  expect(await seenSeconds(work, datasets)).toBeCloseTo(0.4, 9);
  await rememberSpeed(work, [1, 0.2], datasets);
  expect(await seenSeconds(work, datasets)).toBeCloseTo(0.2, 9);
  expect(await seenSeconds({ ...work, flops: 1e12 }, datasets)).toBeCloseTo(200, 6);
  expect(await seenSeconds({ ...work, precision: 'bf16' }, datasets)).toBeUndefined();
  expect(await readdir(join(root, 'cache'))).toEqual(['speed.json']);
  await writeFile(join(root, 'cache/speed.json'), '{"a processor, f32, lora": [');
  expect(await seenSeconds(work, datasets)).toBeUndefined();
  await rememberSpeed(work, [1, 0.3], datasets);
  expect(JSON.parse(await readFile(join(root, 'cache/speed.json'), 'utf8'))).toHaveProperty([
    'a processor, f32, lora',
  ]);
});

test('a cache that cannot be written changes nothing', async () => {
  const root = await mkdtemp(join(tmpdir(), 'automodel-speed-'));
  await writeFile(join(root, 'file'), '');
  await rememberSpeed(work, [1, 1], join(root, 'file/cache/datasets'));
  expect(await seenSeconds(work, join(root, 'file/cache/datasets'))).toBeUndefined();
});

test('a machine with more work than cores is busy', () => {
  const load = (average: number, others: number | undefined, cores: number) =>
    busyMachine({ average, others, cores });
  expect(load(2.5, 0, 2)).toBe('load 2.5 on 2 cores');
  expect(load(2, undefined, 2)).toBeUndefined();
  expect(load(0, 0, 1)).toBeUndefined();
  expect(load(0.2, 2, 2)).toBe('load 2.0 on 2 cores');
  expect(load(0.2, 1, 2)).toBeUndefined();
});
