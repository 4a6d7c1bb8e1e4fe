// The contract of data files: what is opened (`DataFile`), how it is cut (`FilePart`) and what
// reading gives (`ReadRow`). Files and parts are plain objects that can be sent to another thread,
// and a part is read without knowing any other: `openDataFiles` -> `splitFile` -> `readPart`.
import type { AutomodelError } from '@automodel/core';
import type { RowSource } from './row-source.js';
import type { JsonObject } from '../json/json-object.js';

/** How the rows of a file are written. */
export type DataFormat = 'jsonl' | 'json' | 'csv' | 'tsv' | 'parquet' | 'text';

/** What the whole file is compressed with. */
export type Compression = 'none' | 'gzip' | 'brotli' | 'zstd';

/** What one row of a text file is (`sample_by` of Hugging Face's text loader). */
export type TextUnit = 'line' | 'paragraph' | 'document';

/** One file of rows. */
export interface DataFile {
  readonly path: string;
  readonly format: DataFormat;
  readonly compression: Compression;
  /** Size on disk. */
  readonly bytes: number;
  /** JSON: the key of the object that holds the list of rows. */
  readonly field?: string | undefined;
  /** JSON: an object is one row. Default false: it is an error. */
  readonly objectIsRow?: boolean | undefined;
  /** Text: what one row is. Default `line`. */
  readonly sampleBy?: TextUnit | undefined;
}

/** A run of rows of one file that can be read on its own, in any thread. */
export interface FilePart {
  readonly file: DataFile;
  /** `RowSource.row` of its first row (of its first line, where lines may be blank). */
  readonly firstRow: number;
  /**
   * How many rows `readPart` yields (blank lines are skipped); undefined where only parsing tells:
   * JSON, CSV, paragraphs, compressed files.
   */
  readonly rows: number | undefined;
  /**
   * Uncompressed lines: first byte and the byte after the last. Parquet: first row (from 0) and the
   * row after the last. Otherwise 0 and the size of the file.
   */
  readonly start: number;
  readonly end: number;
  /** Its share of the file's bytes on disk. */
  readonly bytes: number;
}

/**
 * One row. Numbers are numbers, but a float that is whole is a `Float`, and a whole number beyond
 * 2^53 a bigint.
 */
export interface Row {
  readonly value: JsonObject;
  readonly source: RowSource;
  /** The text of `value`, where that cannot be sent to another thread. */
  readonly json?: string | undefined;
}

/** How far a part is read. */
export interface BytesRead {
  /** Bytes on disk of the part read so far, this row included. */
  readonly bytesRead: number;
}

/** A row while its part is read. */
export interface ReadRow extends Row, BytesRead {}

/** A row that cannot be read, and why. */
export interface RefusedRow {
  readonly refused: AutomodelError;
  readonly source: RowSource;
  /** Nothing that follows in the file can be read either. */
  readonly endsFile?: boolean | undefined;
}

/** A row, or why there is none. */
export type AttemptedRow = Row | RefusedRow;

/** What to look for behind the paths. */
export interface OpenOptions {
  /**
   * Folders: only files of this split (train, validation, test, or any name that the files carry).
   */
  readonly split?: string | undefined;
  /** Base of relative paths. Default: the process's working directory. */
  readonly workingDirectory?: string | undefined;
  readonly field?: string | undefined;
  readonly objectIsRow?: boolean | undefined;
  readonly sampleBy?: TextUnit | undefined;
}
