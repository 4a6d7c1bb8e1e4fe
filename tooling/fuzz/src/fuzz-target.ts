// What is fuzzed: valid files, what reads them, and what must hold where a broken one is read all
// the same. `fuzz` runs cases and sorts what comes of them.
import { AutomodelError } from '@automodel/core';
import { mutated } from './mutate.js';
import { randomOf, type Random } from './random.js';

/** A reader under test. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid files. */
  readonly seeds: readonly Buffer[];
  /** Makes the file of a case. Absent: a seed is broken. */
  readonly make?: ((random: Random) => Buffer) | undefined;
  /** Where a reader takes a part of the file only: broken there more often than anywhere else. */
  readonly mostly?: ((seed: Buffer) => readonly [start: number, end: number]) | undefined;
  /**
   * Reads `bytes` as a user's file. Errors: AutomodelError where it is refused. Where it is not: a
   * plain Error saying what is wrong if what was read is not what the bytes say, as far as another
   * reader can tell.
   */
  readonly read: (bytes: Buffer) => Promise<void>;
}

/** A case that must be looked at. */
export interface Failure {
  readonly index: number;
  readonly what: string;
}

export interface FuzzResult {
  readonly cases: number;
  readonly refused: number;
  readonly accepted: number;
  readonly failures: readonly Failure[];
}

const MOST_FAILURES = 20;
/** Longest line a user should have to read. */
const LONGEST = 4000;

/** The file of case `index`. */
export function caseOf(target: FuzzTarget, seed: number, index: number): Buffer {
  const random = randomOf(seed, index);
  if (target.make !== undefined) return target.make(random);
  const bytes = random.pick(target.seeds);
  if (target.mostly === undefined || random.below(4) === 0) return mutated(bytes, random);
  const [start, end] = target.mostly(bytes);
  return Buffer.concat([
    bytes.subarray(0, start),
    mutated(bytes.subarray(start, end), random),
    bytes.subarray(end),
  ]);
}

/** Undefined where a case ended as it should. */
async function outcome(
  target: FuzzTarget,
  bytes: Buffer,
): Promise<'accepted' | 'refused' | { readonly what: string }> {
  try {
    await target.read(bytes);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof AutomodelError) || error.code === 'internal')
      return { what: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    if (/[\n\r]/.test(error.message))
      return { what: `a message of several lines: ${JSON.stringify(error.message)}` };
    return error.message.length > LONGEST
      ? { what: `a message of ${error.message.length} characters: ${error.message.slice(0, 200)}` }
      : 'refused';
  }
}

export interface FuzzRange {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  /** Called before each case. */
  readonly onCase?: ((index: number) => void) | undefined;
}

/** Runs `count` cases from number `from` on. */
export async function fuzz(
  target: FuzzTarget,
  { seed, from, count, onCase }: FuzzRange,
): Promise<FuzzResult> {
  let [refused, accepted] = [0, 0];
  const failures: Failure[] = [];
  for (let index = from; index < from + count && failures.length < MOST_FAILURES; index++) {
    onCase?.(index);
    const result = await outcome(target, caseOf(target, seed, index));
    if (result === 'accepted') accepted++;
    else if (result === 'refused') refused++;
    else failures.push({ index, what: result.what });
  }
  return { cases: refused + accepted + failures.length, refused, accepted, failures };
}
