// A suite for each instruction set that this processor's kernels are written for. A set that the
// machine or the library lacks shows as a skipped test with the reason, so that a run says what it
// did not try.
import { describe, it } from 'vitest';
import { instructionSets } from '../../src/native-pool.js';

/** The sets that kernels are compiled for, by process.arch, best first. */
export const EXPECTED_SETS: Readonly<Record<string, readonly string[]>> = {
  x64: ['amx', 'avx512-bf16', 'avx512', 'avx2', 'baseline'],
  arm64: ['neon', 'baseline'],
};

/** The set of a library that tests build for themselves (emulated-library.ts); it has no other. */
export const EMULATED_SET = 'amx-emulated';

/** The sets of this processor, and whether the machine and the library have them. */
export function expectedSets(
  processor: string = process.arch,
  present: readonly string[] = instructionSets(),
): readonly { readonly set: string; readonly present: boolean }[] {
  const expected = present.includes(EMULATED_SET)
    ? [EMULATED_SET]
    : (EXPECTED_SETS[processor] ?? ['baseline']);
  return expected.map((set) => ({ set, present: present.includes(set) }));
}

/** `name` holds %s where the set's name goes. */
export function describeInstructionSets(name: string, body: (set: string) => void): void {
  for (const { set, present } of expectedSets()) {
    const title = name.replace('%s', set);
    if (present) describe(title, () => body(set));
    else it.skip(`${title}: not run, this machine or library has no ${set}`);
  }
}
