// How large one value of a file may be: far beyond what a row is, far below what ends the process.

/** Bytes of one line, record, cell, JSON text, page of Parquet or document. */
export const MAX_VALUE_BYTES = 256 * 1024 * 1024;
export const MAX_VALUE = '256 MB';

/** How much larger than on disk a file may become; `MAX_VALUE_BYTES` are allowed to any file. */
export const MAX_EXPANSION = 100;

/** Rows of Parquet that are read together, about: what writers put into one group. */
export const PARQUET_PART_ROWS = 1 << 20;
