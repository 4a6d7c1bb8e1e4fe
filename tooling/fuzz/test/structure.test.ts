// Some hundreds of graphs around what fusion looks for, the same ones every time: each keeps its
// results and gradients. `node tooling/fuzz/fuzz.mjs --target structure` tries more.
import { AutomodelError } from '@automodel/core';
import { expect, test } from 'vitest';
import { randomOf } from '../src/random.js';
import { checkStructure, PATTERN_PASSES } from '../src/structures/check-structure.js';
import { writeStructure } from '../src/structures/write-structure.js';

const CASES = 250;

/** How often each pass found its pattern; undefined where the graph is refused. */
function check(index: number): ReadonlyMap<string, number> | undefined {
  const text = writeStructure(randomOf(7, index));
  try {
    const { fused } = checkStructure(text);
    return new Map(fused.map(({ pass, count }) => [pass, count]));
  } catch (error) {
    if (error instanceof AutomodelError && error.code !== 'internal') return undefined;
    throw new Error(`case ${index}`, { cause: error });
  }
}

test('passes keep what graphs with unexpected operands mean, and find what they look for', () => {
  const found = new Map<string, number>(PATTERN_PASSES.map((pass) => [pass, 0]));
  let refused = 0;
  for (let index = 0; index < CASES; index++) {
    const counts = check(index);
    if (counts === undefined) refused++;
    for (const [pass, count] of counts ?? []) found.set(pass, (found.get(pass) ?? 0) + count);
  }
  expect(refused).toBeLessThan(CASES / 10);
  for (const [pass, count] of found) expect(count, pass).toBeGreaterThan(4);
}, 240_000);
