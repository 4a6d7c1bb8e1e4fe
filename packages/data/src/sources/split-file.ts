// Cuts a file into parts that can be read independently: uncompressed lines by a scan for newlines,
// Parquet by its metadata. Anything else is one part.
import { openBytes } from './byte-stream.js';
import type { DataFile, FilePart } from './data-source.js';
import { isBlank, linesOf } from './lines.js';
import { openParquet } from './parquet-rows.js';
import { PARQUET_PART_ROWS } from './size-limits.js';

/**
 * Parts of `file` of about `targetBytes` each, in order; together they hold every row once. `from`:
 * only the parts from this one on, which are the same whether those before are read or not. Errors:
 * `bad-file`, `io`.
 */
export async function* splitFile(
  file: DataFile,
  targetBytes: number,
  from: Pick<FilePart, 'firstRow' | 'start'> = { firstRow: 1, start: 0 },
): AsyncGenerator<FilePart> {
  if (file.format === 'parquet') {
    for await (const part of parquetParts(file, targetBytes))
      if (part.start >= from.start) yield part;
  } else if (
    file.compression === 'none' &&
    (file.format === 'jsonl' || (file.format === 'text' && (file.sampleBy ?? 'line') === 'line'))
  )
    yield* lineParts(file, targetBytes, from);
  else yield { file, firstRow: 1, rows: undefined, start: 0, end: file.bytes, bytes: file.bytes };
}

async function* lineParts(
  file: DataFile,
  targetBytes: number,
  from: Pick<FilePart, 'firstRow' | 'start'>,
): AsyncGenerator<FilePart> {
  let [start, end, firstRow, rows, row] = [
    from.start,
    from.start,
    from.firstRow,
    0,
    from.firstRow - 1,
  ];
  const part = (): FilePart => ({ file, firstRow, rows, start, end, bytes: end - start });
  for await (const lines of linesOf(openBytes(file, from.start), from.firstRow)) {
    for (const { bytes } of lines) {
      row++;
      end = Math.min(file.bytes, end + bytes.length + 1);
      if (!isBlank(bytes)) rows++;
      if (end - start < targetBytes) continue;
      yield part();
      [start, firstRow, rows] = [end, row + 1, 0];
    }
  }
  if (end > start) yield part();
}

async function* parquetParts(file: DataFile, targetBytes: number): AsyncGenerator<FilePart> {
  const { metadata } = await openParquet(file);
  const total = Number(metadata.num_rows);
  const part = (start: number, end: number): FilePart => ({
    file,
    firstRow: start + 1,
    rows: end - start,
    start,
    end,
    bytes: Math.round((file.bytes * (end - start)) / total),
  });
  let [start, end, size] = [0, 0, 0];
  for (const group of metadata.row_groups) {
    const [rows, bytes] = [Number(group.num_rows), Number(group.total_byte_size)];
    // A group is decompressed from its beginning for each piece of it, so only groups of many times
    // the size are cut.
    const forBytes =
      bytes > 4 * targetBytes ? Math.min(rows, Math.ceil(bytes / (2 * targetBytes))) : 1;
    // Equal values take no bytes, but every row is an object when it is read.
    const pieces = Math.max(forBytes, Math.ceil(rows / PARQUET_PART_ROWS));
    for (let piece = 1; piece <= pieces; piece++) {
      const next =
        end + Math.round((rows * piece) / pieces) - Math.round((rows * (piece - 1)) / pieces);
      end = next;
      size += bytes / pieces;
      if (size < targetBytes && end - start < PARQUET_PART_ROWS) continue;
      if (end > start) yield part(start, end);
      [start, size] = [end, 0];
    }
  }
  if (end > start) yield part(start, end);
}
