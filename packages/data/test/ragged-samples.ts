// Samples whose ids say which row and position they are, and loaders over them.
import {
  BatchLoader,
  type BatchLoaderOptions,
  type MicroBatch,
  type Sample,
} from '../src/index.js';

export const sample = (row: number, ids: readonly number[], untrained = 1): Sample => ({
  inputIds: Int32Array.from(ids),
  labels: Int32Array.from(ids, (id, i) => (i < untrained ? -100 : id)),
  source: { file: 'data.jsonl', row },
});
/** A sample of `length` tokens whose ids say which row and position they are. */
export const ragged = (lengths: readonly number[]): Sample[] =>
  lengths.map((length, i) =>
    sample(
      i + 1,
      Array.from({ length }, (_, p) => 100 * (i + 1) + p),
    ),
  );
export const loader = (
  lengths: readonly number[],
  more: Partial<BatchLoaderOptions> = {},
): BatchLoader =>
  new BatchLoader({
    samples: ragged(lengths),
    globalBatchSize: 4,
    localBatchSize: 2,
    shuffle: false,
    ...more,
  });
/** Row, first token and ids of each document. */
export const places = ({ documents }: MicroBatch): [number, number, number[]][] =>
  documents.map(({ source, start, inputIds }) => [source.row, start, [...inputIds]]);
export const rowsOf = (sources: readonly { readonly row: number }[]): number[] =>
  sources.map((source) => source.row);
