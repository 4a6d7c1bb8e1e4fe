// Which instruction sets the kernel tests run on: all that the machine has, the others as skips;
// and which set is the best one of a processor.
import koffi from 'koffi';
import { expect, it } from 'vitest';
import { INSTRUCTION_SETS } from '../scripts/native-build.mjs';
import { ErrorText, loadLibrary } from '../src/library.js';
import { instructionSets, NativePool } from '../src/native-pool.js';
import { EMULATED_SET, EXPECTED_SETS, expectedSets } from './support/describe-instruction-sets.js';

it('has no set that the kernel tests do not know', () => {
  const tried = expectedSets().flatMap(({ set, present }) => (present ? [set] : []));
  expect([...instructionSets()].sort()).toEqual(tried.sort());
  expect(tried.length).toBeGreaterThan(0);
});

it('lists a set that is missing as not run', () => {
  expect(expectedSets('x64', ['avx2', 'baseline'])).toEqual([
    { set: 'amx', present: false },
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

/** Bits of the features of a processor, as runtime/dispatch.cpp reads them. */
const [AVX2, AVX512, BF16, AMX] = [1, 2, 4, 8] as const;

/** The sets of a processor that is described, best first. */
function setsOf(vendor: string, family: number, features: number): string {
  const of = koffi
    .load(loadLibrary().path)
    .func(
      'void automodel_instruction_sets_of(const char *vendor, int32_t family, int32_t features, ' +
        'void *text, int32_t capacity)',
    );
  const names = new ErrorText();
  of(vendor, family, features, names.bytes, names.capacity);
  return names.text;
}

it.runIf(process.arch === 'x64')('takes bf16 products where they have their full rate', () => {
  const all = AVX2 | AVX512 | BF16;
  const zen4 = setsOf('AuthenticAMD', 0x19, all);
  expect(zen4).toBe('avx512-bf16 avx512 avx2 baseline');
  expect(setsOf('AuthenticAMD', 0x1a, all)).toBe(zen4);
  // by name the set is there on any processor that has it
  const intel = 'avx512 avx512-bf16 avx2 baseline';
  expect(setsOf('GenuineIntel', 6, all)).toBe(intel);
  expect(setsOf('GenuineIntel', 0x19, all)).toBe(intel);
  expect(setsOf('AuthenticAMD', 0x17, all)).toBe(intel);
  expect(setsOf('', 0, all)).toBe(intel);
});

const onLinux = process.arch === 'x64' && process.platform === 'linux';
it.runIf(onLinux)('takes tiles before anything else', () => {
  const rapids = setsOf('GenuineIntel', 6, AVX2 | AVX512 | BF16 | AMX);
  expect(rapids).toBe('amx avx512 avx512-bf16 avx2 baseline');
  expect(setsOf('AuthenticAMD', 0x1a, AVX2 | AVX512 | BF16 | AMX)).toBe(
    'amx avx512-bf16 avx512 avx2 baseline',
  );
});

it('leaves the set for tests out', () => {
  expect(() => new NativePool(1, EMULATED_SET)).toThrow(
    'this build has no instruction set named amx-emulated',
  );
});

it.runIf(process.arch === 'x64')('lists only what a processor has', () => {
  expect(setsOf('GenuineIntel', 6, AVX2 | AVX512)).toBe('avx512 avx2 baseline');
  expect(setsOf('AuthenticAMD', 0x17, AVX2)).toBe('avx2 baseline');
  expect(setsOf('AuthenticAMD', 0x19, 0)).toBe('baseline');
});

it('runs on any of its sets by name', () => {
  for (const set of instructionSets()) {
    const pool = new NativePool(1, set);
    expect(pool.instructionSet).toBe(set);
    pool.close();
  }
  const best = new NativePool(1);
  expect(best.instructionSet).toBe(instructionSets()[0]);
  best.close();
});
