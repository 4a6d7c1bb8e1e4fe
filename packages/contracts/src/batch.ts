// What a batch is: named columns over counted axes. A model says which columns it reads; loader,
// cache, programs and upload walk that list, so that a model may ask for another column without a
// change anywhere else.
import type { DenseArray, DType, Tensor } from '@automodel/core';

/** Entries of each axis by its name: `token`, `document`, and whatever else a model counts. */
export type Capacity = Readonly<Record<string, number>>;

/** What the entries of a column are. */
export interface ColumnType {
  readonly dtype: DType;
  /** The axis it has entries for. */
  readonly per: string;
  /** Numbers of each entry. */
  readonly width: number;
}

/** Entries of a column that a row of data brings along, row-major. */
export interface ColumnValues extends ColumnType {
  /** `width` numbers for each entry, as the dtype stores them. */
  readonly values: DenseArray;
}

/** One document of a batch: its row of data, and where its tokens lie. */
export interface BatchDocument {
  /** Its first token in the batch. */
  readonly start: number;
  readonly inputIds: Int32Array;
  /** As long as `inputIds`, not shifted; -100: not trained. */
  readonly labels: Int32Array;
  /** Length that the model is told, where it is not its own (padded rows of a reference). */
  readonly toldLength?: number | undefined;
  /**
   * Further columns that the row brings along, by name. One per `token` has an entry for each of
   * `inputIds`, one per `document` has one; on any other axis a document may have any number.
   */
  readonly columns?: Readonly<Record<string, ColumnValues>> | undefined;
}

/** Documents as they lie in a batch in host memory: what the values of its columns follow from. */
export interface Batch {
  /** In the order of their tokens, without overlap. */
  readonly documents: readonly BatchDocument[];
  readonly capacity: Capacity;
  /** Id in places outside of documents. */
  readonly padTokenId: number;
}

/** A column of a batch. As a program input it is [capacity], or [capacity, width] above width 1. */
export interface BatchColumn extends ColumnType {
  readonly column: string;
  /**
   * Its values, `capacity[per] * width` of them. Absent: what the documents bring along under the
   * column's name, and where they bring nothing, what `@automodel/session` knows for that name.
   */
  fill?(batch: Batch): DenseArray;
}

/** Rows of one fixed length, one document in each, padded on the right. */
export interface Rectangle {
  /** Documents of a micro-batch. */
  readonly rows: number;
  /** Maximum tokens of a document. */
  readonly columns: number;
  /** Id in unused places; no kept result depends on it. */
  readonly padTokenId: number;
  /** File that fixes the shape, for messages. */
  readonly source: string;
}

/** What the batches of a model hold, and how documents lie in them. */
export interface BatchLayout {
  readonly columns: readonly BatchColumn[];
  /** Absent: documents lie one after the other and batches are of any size. */
  readonly rectangle?: Rectangle | undefined;
}

/** The columns of a batch as a model reads them. */
export interface BatchTensors {
  readonly capacity: Capacity;
  /** Errors: `internal` for a column that the model's layout does not name. */
  read(column: string): Tensor;
}
