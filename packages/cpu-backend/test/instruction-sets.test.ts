// Which instruction sets the kernel tests run on: all that the machine has, the others as skips.
import { expect, it } from 'vitest';
import { INSTRUCTION_SETS } from '../scripts/native-build.mjs';
import { instructionSets } from '../src/native-pool.js';
import { EXPECTED_SETS, expectedSets } from './support/describe-instruction-sets.js';

it('has no set that the kernel tests do not know', () => {
  const tried = expectedSets().flatMap(({ set, present }) => (present ? [set] : []));
  expect(instructionSets()).toEqual(tried);
  expect(tried.length).toBeGreaterThan(0);
});

it('lists a set that is missing as not run', () => {
  expect(expectedSets('x64', ['avx2', 'baseline'])).toEqual([
    { set: 'avx512-bf16', present: false },
    { set: 'avx512', present: false },
    { set: 'avx2', present: true },
    { set: 'baseline', present: true },
  ]);
});

it('knows the sets that are compiled for each processor', () => {
  for (const [processor, sets] of Object.entries(INSTRUCTION_SETS))
    expect([...EXPECTED_SETS[processor]!].sort()).toEqual(Object.keys(sets).sort());
});
