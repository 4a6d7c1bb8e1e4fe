// The words that describe a group to the native runtime (kernels/group.h), in native memory.
import { GROUP_WORDS } from '../native-program.js';
import type { Address, NativeLibrary } from '../library.js';

/** What ranks along one axis are told; `heaps` in the order of ranks. */
export interface GroupFacts {
  readonly rank: number;
  /** The number of the axis. */
  readonly axis: number;
  /** How long a rank waits for another before it sleeps. */
  readonly spinNanoseconds: number;
  /** How they exchange messages, where they share no memory. */
  readonly messages?: Address;
  readonly heaps: readonly Address[];
}

const bytesOf = ({ heaps }: GroupFacts): number => 8 * (GROUP_WORDS + heaps.length);

/** Native memory with the words; freed with `freeGroupWords`. */
export function groupWords(library: NativeLibrary, facts: GroupFacts): Address {
  const { rank, axis, spinNanoseconds, messages = 0, heaps } = facts;
  const words = BigInt64Array.from(
    [rank, heaps.length, axis, spinNanoseconds, messages, ...heaps],
    BigInt,
  );
  const address = library.allocate(bytesOf(facts));
  library.copy_in(address, words, words.byteLength);
  return address;
}

export const freeGroupWords = (library: NativeLibrary, address: Address, facts: GroupFacts): void =>
  library.free(address, bytesOf(facts));
