// Rows of a CSV or TSV file: the first record names the columns, every value is a text. Records may
// span lines within quotes.
import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { AutomodelError } from '@automodel/core';
import { CsvError, parse, type Info } from 'csv-parse';
import type { JsonObject } from '../json/json-object.js';
import { attemptedRow } from './attempted-row.js';
import { openBytes, type ByteStream } from './byte-stream.js';
import { CsvRecords } from './csv-records.js';
import type { AttemptedRow, BytesRead, DataFile, FilePart } from './data-source.js';
import { blocksOf, linesIn, type Line } from './lines.js';
import { oneLine } from '../json/one-line.js';
import { decodeText } from './parse-json.js';
import { MAX_VALUE, MAX_VALUE_BYTES } from './size-limits.js';
import { locationOf, type RowSource } from './row-source.js';

interface Parsed {
  readonly record: readonly string[];
  readonly info: Info;
}

/**
 * The rows of a CSV file. `RowSource.row` is the line where a record begins. Errors: `bad-data`
 * (header, quotes, not UTF-8); ragged records are refused rows.
 */
export async function* csvRows({ file }: FilePart): AsyncGenerator<AttemptedRow & BytesRead> {
  const stream = openBytes(file);
  // Records wait between parser and reader, and are lost when it fails: the parser says itself how
  // far it came.
  let parsedLines = 0;
  const onRecord = (parsed: unknown, { lines }: { readonly lines: number }): unknown => {
    parsedLines = lines;
    return parsed;
  };
  const parser = parse({
    delimiter: file.format === 'tsv' ? '\t' : ',',
    record_delimiter: ['\r\n', '\n'],
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_VALUE_BYTES,
    on_record: onRecord as never,
  });
  const text = Readable.from(checkedText(file, stream));
  text.on('error', (cause) => parser.destroy(cause));
  text.pipe(parser);
  let header: readonly string[] | undefined;
  let [line, emptyLines] = [1, 0];
  try {
    for await (const parsed of parser) {
      const { record, info } = parsed as Parsed;
      const row = line + info.empty_lines - emptyLines;
      [line, emptyLines] = [info.lines + 1, info.empty_lines];
      if (header === undefined) {
        header = headerOf(record, file);
        continue;
      }
      const [source, names] = [{ file: file.path, row }, header];
      const read = attemptedRow(source, () => ({ value: rowOf(names, record, source), source }));
      yield { ...read, bytesRead: stream.bytesRead() };
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw refusal(file, cause, parsedLines);
  } finally {
    text.destroy();
    parser.destroy();
  }
}

function refusal(file: DataFile, cause: CsvError, parsedLines: number): AutomodelError {
  const { path, format } = file;
  const open = cause.code === 'CSV_QUOTE_NOT_CLOSED';
  if (cause.code === 'CSV_MAX_RECORD_SIZE') return tooLong(file, parsedLines + 1, cause);
  return new AutomodelError(
    'bad-data',
    `not valid ${format.toUpperCase()}: ` +
      `${open ? 'a quote is opened in this record and never closed' : oneLine(cause.message)}`,
    {
      location: `${path}:${open ? parsedLines + 1 : String(cause['lines'])}`,
      hint:
        'write a value with quotes, separators or line ends in double quotes, and double the ' +
        'quotes in it',
      cause,
    },
  );
}

/** Of a record that goes on, what the parser gets at once: enough to refuse a misplaced quote. */
const PASSED_ON = 1 << 20;

/**
 * Texts that end at line ends, so that no character is cut and errors know their line. A long
 * record is handed on when it is complete.
 */
async function* checkedText(file: DataFile, stream: ByteStream): AsyncGenerator<string> {
  const records = new CsvRecords();
  let texts: string[] = [];
  for await (const block of blocksOf(stream, () => records.line)) {
    const { line } = records;
    if (records.exceeds(block, MAX_VALUE_BYTES)) throw tooLong(file, records.begin);
    texts.push(textOf(block, line, file));
    if (records.isOpen && records.bytes > PASSED_ON) continue;
    yield texts.join('');
    texts = [];
  }
  yield `${texts.join('')}\n`; // the last line may have no end
}

/** Errors: `bad-data` at the line with a byte that no CSV text has. */
function textOf(block: Buffer, firstLine: number, file: DataFile): string {
  if (!block.includes(0) && isUtf8(block)) return block.toString('utf8');
  return linesIn(block, firstLine)
    .map((line) => textOfLine(line, file))
    .join('\n');
}

function textOfLine({ bytes, number }: Line, file: DataFile): string {
  const location = `${file.path}:${number}`;
  if (bytes.includes(0))
    throw new AutomodelError('bad-data', 'a NUL character, which no CSV text has', {
      location,
      hint: 'fetch or write the file again',
    }); // the parser takes one after a quote for a part of the value
  return decodeText(bytes, location);
}

const tooLong = ({ path }: DataFile, line: number, cause?: CsvError): AutomodelError =>
  new AutomodelError('bad-data', `this record is longer than ${MAX_VALUE}`, {
    location: `${path}:${line}`,
    hint: 'it may open a quote that is never closed',
    cause,
  });

function headerOf(record: readonly string[], { path, format }: DataFile): readonly string[] {
  const names = record.map((name) => name.trim());
  const refuse = (message: string, hint: string): AutomodelError =>
    new AutomodelError('bad-data', message, { location: `${path}:1`, hint });
  const other =
    names.length > 1 ? undefined : [...'\t;|,'].find((separator) => names[0]?.includes(separator));
  if (other !== undefined)
    throw refuse(
      `the header has one column with ${JSON.stringify(other)} in it`,
      'save the file with ' +
        `${format === 'csv' ? 'commas, or with tabs as .tsv' : 'tabs, or with commas as .csv'}`,
    );
  const empty = names.indexOf('');
  if (empty >= 0)
    throw refuse(`column ${empty + 1} has no name`, 'the first line must name every column');
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined)
    throw refuse(
      `two columns are called ${JSON.stringify(repeated)}`,
      'give each column a name of its own',
    );
  return names;
}

function rowOf(
  header: readonly string[],
  record: readonly string[],
  source: RowSource,
): JsonObject {
  if (record.length !== header.length) {
    throw new AutomodelError(
      'bad-data',
      `this record has ${record.length} values, the header names ${header.length} columns`,
      {
        location: locationOf(source),
        hint: 'write a value with separators or line ends in double quotes',
      },
    );
  }
  return Object.fromEntries(header.map((name, i) => [name, record[i]]));
}
