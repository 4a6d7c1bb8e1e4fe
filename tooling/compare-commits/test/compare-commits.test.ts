// The pure parts: what is taken for equal is equal, and a planted difference is noticed.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { compareFolders } from '../src/compare-folders.js';
import { median } from '../src/measure-speed.js';
import { parseOptions } from '../src/options.js';
import { applyRenames, readRenames } from '../src/renames.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folderOf(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'compare-commits-'));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

const differences = (
  base: Readonly<Record<string, string | Buffer>>,
  head: Readonly<Record<string, string | Buffer>>,
  renames = {},
): readonly string[] => compareFolders(folderOf(base), folderOf(head), renames).differences;

test('metrics are compared without times and speeds, every other number of them', () => {
  const line = (more: object): string =>
    `${JSON.stringify({ step: 0, loss: 7.066021919250488, ...more })}\n`;
  const base = {
    'out/metrics.jsonl': line({ tps: 10, mem: 1, timestamp: 'a' }) + line({ tps: 3 }),
  };
  expect(
    differences(base, {
      'out/metrics.jsonl': line({ tps: 11, mem: 2, timestamp: 'b' }) + line({ tps: 4 }),
    }),
  ).toEqual([]);
  const changed = {
    'out/metrics.jsonl':
      line({ tps: 10, mem: 1, timestamp: 'a' }) + line({ tps: 3, loss: 7.066021919250489 }),
  };
  expect(differences(base, changed)).toEqual([
    expect.stringMatching(
      /^out\/metrics\.jsonl: 1 of 3 lines, line 2: .*7\.066.*488.* became .*7\.066.*489/,
    ),
  ]);
  expect(differences(base, { 'out/metrics.jsonl': line({}) })).toHaveLength(1);
});

test('a training state is compared without the length of the metrics, which hold times', () => {
  const state = (value: object): Record<string, string> => ({
    'state.json': JSON.stringify({ step: 4, metricsBytes: 1443, ...value }),
  });
  expect(differences(state({}), state({ metricsBytes: 1446 }))).toEqual([]);
  expect(differences(state({}), state({ step: 5 }))).toHaveLength(1);
});

test('reports of plans are compared without seconds and whatever order these give', () => {
  const plan = (ops: readonly object[]): Record<string, string> => ({
    'plan.json': JSON.stringify({ ops, step_seconds: Math.PI }),
  });
  const [a, b] = [
    { op: 'a', seconds: 1, steps: 2 },
    { op: 'b', seconds: 2, steps: 3 },
  ];
  expect(differences(plan([a, b]), plan([{ ...b, seconds: 9 }, a]))).toEqual([]);
  expect(differences(plan([a, b]), plan([a, { ...b, steps: 4 }]))).toEqual([
    expect.stringContaining('"steps": 3'),
  ]);
});

test('texts may name their folder and what has been renamed', () => {
  const base = folderOf({ 'plan.txt': '%1 = add_many # old_scope.inner' });
  writeFileSync(join(base, 'recipe.yaml'), `out: ${base}/out`);
  const head = folderOf({ 'plan.txt': '%1 = add_many # scope.inner' });
  writeFileSync(join(head, 'recipe.yaml'), `out: ${head}/out`);
  expect(compareFolders(base, head, { old_scope: 'scope' })).toEqual({ differences: [], count: 2 });
  expect(compareFolders(base, head, {}).differences).toEqual([
    expect.stringMatching(/^plan\.txt: /),
  ]);
});

function safetensors(tensors: Readonly<Record<string, readonly number[]>>): Buffer {
  let offset = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, values]) => {
      const start = offset;
      offset += 4 * values.length;
      return [name, { dtype: 'F32', shape: [values.length], data_offsets: [start, offset] }];
    }),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([
    length,
    text,
    Buffer.from(Float32Array.from(Object.values(tensors).flat()).buffer),
  ]);
}

test('one bit of a tensor is noticed, and the tensor named', () => {
  const base = {
    'model.safetensors': safetensors({ a: [1, 2], b: [3] }),
    'out.gguf': Buffer.from([1, 2]),
  };
  expect(differences(base, { ...base })).toEqual([]);
  const head = {
    'model.safetensors': safetensors({ a: [1, 2], b: [3.0000002] }),
    'out.gguf': Buffer.from([1, 3]),
  };
  expect(differences(base, head)).toEqual([
    'model.safetensors: 1 of 2 tensors, first b',
    'out.gguf: 2 bytes, now 2',
  ]);
});

test('a file written on one side only is noticed, a report for people is not compared', () => {
  expect(
    differences(
      { 'a.bin': 'x', 'report.html': 'x', 'report.json': 'x' },
      { 'b.bin': 'x', 'report.html': 'y', 'report.json': 'y' },
    ),
  ).toEqual(['a.bin: not written any more', 'b.bin: not written before']);
});

test('names are renamed as whole words, and two can be exchanged', () => {
  expect(applyRenames('a ab a.b $a', { a: 'b', b: 'a' })).toBe('b ab b.a $b');
  expect(() => readRenames(join(folderOf({ 'renames.json': '{"a": 1}' }), 'renames.json'))).toThrow(
    /maps old names to new names/,
  );
});

test('the median of an even number of runs lies between two of them', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
});

test('options: parts by name, quick without speed, anything else refused', () => {
  expect(parseOptions(['main'])).toEqual({
    base: 'main',
    head: 'HEAD',
    parts: new Set(['numbers', 'plans', 'kernels', 'speed']),
    quick: false,
  });
  expect([...parseOptions(['a', 'b', '--quick']).parts]).toEqual(['numbers', 'plans', 'kernels']);
  expect([...parseOptions(['a', '--only', 'plans,kernels']).parts]).toEqual(['plans', 'kernels']);
  expect(() => parseOptions([])).toThrow(/one or two commits/);
  expect(() => parseOptions(['a', '--only', 'sped'])).toThrow(
    '--only sped: the parts are numbers, plans, kernels, speed',
  );
});
