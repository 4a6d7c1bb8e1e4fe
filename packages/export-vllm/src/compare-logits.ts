// Compares what two folders compute for the same tokens.
import type { ExportRequest, ExportSource } from '@automodel/contracts';

/** Tokens of a probe; ids are spread over the vocabulary. */
const LENGTH = 16;

/** Two folders with the same weights: sums may be taken in another order, nothing else. */
export const LOGITS_BOUND = 1e-5;

export interface LogitsDifference {
  /** The largest difference, relative to the largest logit of the first folder. */
  readonly relative: number;
  /** Rows whose likeliest token differs. */
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
  const relative =
    expected.reduce((largest, value, i) => Math.max(largest, Math.abs(value - found[i]!)), 0) /
    scale;
  const row = (values: Float32Array, i: number): number =>
    likeliest(values.subarray(i * (values.length / LENGTH), (i + 1) * (values.length / LENGTH)));
  return { relative, otherTokens: ids.filter((_, i) => row(expected, i) !== row(found, i)).length };
}

const likeliest = (values: Float32Array): number =>
  values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
