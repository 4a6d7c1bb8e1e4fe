// Rows of random tokens, the same whichever process makes them.
import { philox } from '@automodel/core';
import { buildMicroBatch, type MicroBatch } from '@automodel/data';

/** Which rows, and of how many tokens. */
export interface RandomRows {
  readonly vocabulary: number;
  /** The number of the first row. */
  readonly first: number;
  readonly rows: number;
  readonly seq: number;
}

/** Rows whose tokens depend on their number only. */
export function randomBatch({ vocabulary, first, rows, seq }: RandomRows, seed = 0): MicroBatch {
  const documents = Array.from({ length: rows }, (_, i) => {
    const row = first + i;
    const inputIds = Int32Array.from(
      { length: seq },
      (__, at) => philox([at, row, 0, 2], [seed, 0])[0] % vocabulary,
    );
    return { inputIds, labels: inputIds, source: { file: 'random', row: row + 1 } };
  });
  return buildMicroBatch(documents, { token: rows * seq, document: rows });
}
