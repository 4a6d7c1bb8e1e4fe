// Reads the rows of a part.
import { readRows } from '../datasets/read-rows.js';
import type { FilePart, Row } from './data-source.js';

/** The rows of `part`. Errors: `bad-data` at file:row. */
export async function* readPart(part: FilePart): AsyncGenerator<Row> {
  yield* readRows(part.file.path);
}
