// Some hundreds of broken files for each reader, the same ones every time. `node
// tooling/fuzz/fuzz.mjs` tries as many as one has time for.
import { expect, test } from 'vitest';
import { fuzz } from '../src/fuzz-target.js';
import { TARGETS } from '../src/targets/index.js';

/** Slower readers get fewer. */
const CASES: Readonly<Record<string, number>> = {
  safetensors: 2000,
  jsonl: 1000,
  csv: 1000,
  state: 1000,
  adapter: 600,
  tokenizer: 600,
  template: 400,
  parquet: 300,
  recipe: 300,
  graph: 150,
};

for (const target of TARGETS.filter(({ seeds }) => seeds.length > 0)) {
  test(`${target.name}: what is read as it was meant is never refused`, async () => {
    for (const seed of target.seeds) await target.read(seed);
  });

  test(`${target.name}: what is broken is refused in a line or read as the bytes say`, async () => {
    const { failures, cases, refused } = await fuzz(target, {
      seed: 7,
      from: 0,
      count: CASES[target.name]!,
    });
    expect(failures).toEqual([]);
    expect(cases).toBe(CASES[target.name]);
    expect(refused).toBeGreaterThan(cases / 4);
  });
}

test('a case can be made again from its number', async () => {
  const told: string[] = [];
  const broken = {
    name: 'broken',
    seeds: [Buffer.from('{"a": 1}')],
    read: async () => Promise.reject(new TypeError('x is not a function')),
  };
  const { failures } = await fuzz(broken, {
    seed: 1,
    from: 3,
    count: 2,
    onCase: (index) => told.push(String(index)),
  });
  expect(told).toEqual(['3', '4']);
  expect(failures.map(({ index, what }) => [index, what.split('\n')[0]])).toEqual([
    [3, 'TypeError: x is not a function'],
    [4, 'TypeError: x is not a function'],
  ]);
});
