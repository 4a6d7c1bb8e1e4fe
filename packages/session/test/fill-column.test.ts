// Columns of a batch: what follows from the documents, what documents bring along, and what a model
// computes itself.
import type { Batch, BatchColumn, BatchDocument, ColumnValues } from '@automodel/contracts';
import { fillColumn } from '@automodel/session';
import { describe, expect, it } from 'vitest';

const IGNORE = -100;

/** A document whose labels are its ids from `trainedFrom` on. */
const document = (start: number, ids: readonly number[], trainedFrom = 1): BatchDocument => ({
  start,
  inputIds: Int32Array.from(ids),
  labels: Int32Array.from(ids, (id, i) => (i < trainedFrom ? IGNORE : id)),
});
const packed: Batch = {
  documents: [document(0, [11, 12, 13, 14], 2), document(4, [21]), document(5, [31, 32, 33], 0)],
  capacity: { token: 10, document: 4 },
  padTokenId: 0,
};
const token = (column: string): BatchColumn => ({ column, dtype: 'i32', per: 'token', width: 1 });
const segments: BatchColumn = { column: 'segments', dtype: 'i32', per: 'document', width: 4 };
const values = (column: BatchColumn, batch: Batch = packed): number[] =>
  [...fillColumn(column, batch)].map(Number);

describe('known columns', () => {
  it('shift targets inside each document, so that none predicts its neighbour', () => {
    expect(values(token('input_ids'))).toEqual([11, 12, 13, 14, 21, 31, 32, 33, 0, 0]);
    expect(values(token('targets'))).toEqual([
      IGNORE,
      13,
      14,
      ...[IGNORE, IGNORE, 32, 33, IGNORE, IGNORE, IGNORE],
    ]);
  });

  it('say where tokens stand in their document', () => {
    expect(values(token('positions'))).toEqual([0, 1, 2, 3, 0, 0, 1, 2, 0, 0]);
    expect(values(token('document_lengths'))).toEqual([4, 4, 4, 4, 1, 3, 3, 3, 1, 1]);
    expect(values(token('attention_mask'))).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(values(segments)).toEqual([0, 4, 0, 4, 4, 1, 4, 1, 5, 3, 5, 3, 0, 0, 0, 0]);
  });

  it('of rows keep the pad id and empty rows', () => {
    const rows: Batch = {
      documents: [document(0, [11, 12, 13]), document(4, [21, 22, 23, 24], 2)],
      capacity: { token: 12, document: 3 },
      padTokenId: 9,
    };
    expect(values(token('input_ids'), rows)).toEqual([11, 12, 13, 9, 21, 22, 23, 24, 9, 9, 9, 9]);
    expect(values(token('targets'), rows)).toEqual([
      ...[12, 13, IGNORE, IGNORE, IGNORE, 23, 24],
      ...[IGNORE, IGNORE, IGNORE, IGNORE, IGNORE],
    ]);
    expect(values(token('attention_mask'), rows)).toEqual([1, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0]);
    expect(values(segments, rows)).toEqual([0, 3, 0, 3, 4, 4, 4, 4, 0, 0, 0, 0]);
  });

  it('tell a length that is not the own one', () => {
    const padded = { ...packed, documents: [{ ...document(0, [1, 2]), toldLength: 7 }] };
    expect(values(token('document_lengths'), padded).slice(0, 3)).toEqual([7, 7, 1]);
  });
});

describe('columns that documents bring along', () => {
  const patches: BatchColumn = { column: 'patches', dtype: 'f32', per: 'patch', width: 2 };
  const brought = (
    { dtype, per, width, column }: BatchColumn,
    values: ColumnValues['values'],
  ): BatchDocument['columns'] => ({ [column]: { dtype, per, width, values } });
  const withPatches: Batch = {
    ...packed,
    capacity: { ...packed.capacity, patch: 3 },
    documents: packed.documents.map((one, i) =>
      i === 1 ? one : { ...one, columns: brought(patches, Float32Array.of(i + 0.5, i + 0.25)) },
    ),
  };

  it('lie one after the other on an axis of their own', () => {
    const filled = fillColumn(patches, withPatches);
    expect(filled).toBeInstanceOf(Float32Array);
    expect([...filled].map(Number)).toEqual([0.5, 0.25, 2.5, 2.25, 0, 0]);
  });

  it('are zeros in a batch whose documents have no such entries', () => {
    expect(values(patches, { ...withPatches, documents: packed.documents })).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
  });

  it('lie at the tokens and at the number of their document', () => {
    const mark: BatchColumn = { column: 'mark', dtype: 'i64', per: 'token', width: 1 };
    const size: BatchColumn = { column: 'size', dtype: 'i32', per: 'document', width: 2 };
    const rows: Batch = {
      documents: [
        { ...document(0, [11, 12]), columns: brought(mark, BigInt64Array.of(1n, 2n)) },
        { ...document(4, [21, 22, 23]), columns: brought(mark, BigInt64Array.of(3n, 4n, 5n)) },
      ],
      capacity: { token: 8, document: 2 },
      padTokenId: 0,
    };
    expect(values(mark, rows)).toEqual([1, 2, 0, 0, 3, 4, 5, 0]);
    const sized = rows.documents.map((one, i) => ({
      ...one,
      columns: brought(size, Int32Array.of(i, 7)),
    }));
    expect(values(size, { ...rows, documents: sized })).toEqual([0, 7, 1, 7]);
  });

  it('win over the rule known for their name, which fills what they leave out', () => {
    const positions = token('positions');
    const [first, ...others] = packed.documents;
    const moved: Batch = {
      ...packed,
      documents: [{ ...first!, columns: brought(positions, Int32Array.of(5, 5, 6, 6)) }, ...others],
    };
    expect(values(positions, moved)).toEqual([5, 5, 6, 6, 0, 0, 1, 2, 0, 0]);
  });

  it('are refused where they are not what the model reads', () => {
    const mark = token('mark');
    const one = { ...document(0, [11, 12]), columns: brought(mark, Int32Array.of(1, 2)) };
    const batch = { documents: [one], capacity: { token: 4, document: 2 }, padTokenId: 0 };
    expect(() => fillColumn({ ...mark, width: 2 }, batch)).toThrow(
      'the model reads 2 i32 per token as mark, and a document brings 1 i32 per token',
    );
    expect(() => fillColumn({ ...mark, dtype: 'f32' }, batch)).toThrow('1 i32 per token');
    const short = { ...document(0, [11, 12, 13]), columns: one.columns };
    expect(() => fillColumn(mark, { ...batch, documents: [short] })).toThrow(
      'a document brings 2 numbers for 3 tokens',
    );
    const none = { ...batch, documents: [one, document(2, [21])] };
    expect(() => fillColumn(mark, none)).toThrow(
      'the model reads 1 i32 per token as mark, and a document brings none',
    );
    expect(() => fillColumn(patches, packed)).toThrow(
      'the batch has no capacity on the axis patch',
    );
    const small = { ...withPatches, capacity: { ...packed.capacity, patch: 1 } };
    expect(() => fillColumn(patches, small)).toThrow(
      'the documents of a batch bring 4 numbers of patches, and it has room for 2',
    );
  });
});

describe('columns of a model', () => {
  it('are computed by their own rule', () => {
    const rotary: BatchColumn = {
      column: 'positions',
      dtype: 'i32',
      per: 'token',
      width: 3,
      fill: ({ capacity }) => new Int32Array(3 * capacity['token']!).fill(5),
    };
    expect(values(rotary)).toEqual(new Array(30).fill(5));
  });

  it('are refused where nothing fills them, or not as many', () => {
    expect(() => fillColumn(token('colour'), packed)).toThrow(
      "nothing fills the batch's column colour",
    );
    const wrong: BatchColumn = { ...token('x'), fill: () => new Int32Array(3) };
    expect(() => fillColumn(wrong, packed)).toThrow('column x was filled with 3 numbers');
  });
});
