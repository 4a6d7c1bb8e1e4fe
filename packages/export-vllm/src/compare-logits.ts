// Compares what two folders compute for the same tokens.
import type { ExportRequest, ExportSource } from '@automodel/contracts';

/** Tokens of a probe; ids are spread over the vocabulary. */
const LENGTH = 16;

/** For two folders with the same weights: only the order of sums may differ. */
export const LOGITS_BOUND = 1e-5;

export interface LogitsDifference {
  /** The largest difference, relative to the largest logit of the first folder. */
  readonly relative: number;
  /** Rows whose most likely token differs. */
  readonly otherTokens: number;
}

export async function compareLogits(
  { logits }: ExportRequest,
  first: ExportSource,
  second: ExportSource,
  vocabularySize: number,
): Promise<LogitsDifference> {
  const ids = Array.from({ length: LENGTH }, (_, i) => (i * 7919 + 11) % vocabularySize);
  const [expected, found] = [await logits(first, ids), await logits(second, ids)];
  const scale = expected.reduce(
    (largest, value) => Math.max(largest, Math.abs(value)),
    Number.MIN_VALUE,
  );
  const difference = expected.reduce(
    (largest, value, i) => Math.max(largest, Math.abs(value - (found[i] ?? NaN))),
    0,
  );
  const otherTokens = ids.filter(
    (_, i) => mostLikely(rowOf(expected, i)) !== mostLikely(rowOf(found, i)),
  ).length;
  return { relative: difference / scale, otherTokens };
}

function rowOf(values: Float32Array, row: number): Float32Array {
  const width = values.length / LENGTH;
  return values.subarray(row * width, (row + 1) * width);
}

const mostLikely = (row: Float32Array): number =>
  row.indexOf(row.reduce((largest, value) => Math.max(largest, value), -Infinity));
