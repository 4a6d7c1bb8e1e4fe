// Documents of random tokens, the same whichever process makes them.
import { philox } from '@automodel/core';
import type { Sample } from '@automodel/data';

/** Which documents, and of how many tokens. */
export interface RandomDocuments {
  readonly vocabulary: number;
  /** The number of the first document. */
  readonly first: number;
  readonly lengths: readonly number[];
}

/** Documents whose tokens depend on their number only. */
export const randomDocuments = (
  { vocabulary, first, lengths }: RandomDocuments,
  seed = 0,
): Sample[] =>
  lengths.map((length, i) => {
    const row = first + i;
    const inputIds = Int32Array.from(
      { length },
      (_, at) => philox([at, row, 0, 2], [seed, 0])[0] % vocabulary,
    );
    return { inputIds, labels: inputIds, source: { file: 'random', row: row + 1 } };
  });
