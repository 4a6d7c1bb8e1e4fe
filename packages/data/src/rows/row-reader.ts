// One row seen through the names of its columns: values with the types that are asked for, and
// refusals that name file, row and column.
import { AutomodelError } from '@automodel/core';
import { locationOf, type RowSource } from '../sources/row-source.js';
import { parseExact } from '../json/exact-json.js';
import type { JsonObject } from '../json/json-object.js';
import { plainNumber } from '../json/plain-number.js';
import { placeOfHalf } from './half-characters.js';

/** Names of the columns of a file by what they hold; each defaults to its own key. */
export type ColumnNames = Readonly<Record<string, string | undefined>>;

/** Reads the columns of one row. A column that is absent or null is not there. */
export class RowReader {
  readonly row: JsonObject;
  readonly source: RowSource;
  readonly #columns: ColumnNames;
  readonly #mapped: ReadonlySet<string | undefined>;

  constructor(row: JsonObject, source: RowSource, columns: ColumnNames) {
    this.row = row;
    this.source = source;
    this.#columns = columns;
    this.#mapped = new Set(Object.values(columns));
  }

  /** The name of the column for `role`. */
  name(role: string): string {
    return this.#columns[role] ?? role;
  }

  /** The columns that the row has, for messages. */
  columnNames(none = '(none)'): string {
    return (
      Object.keys(this.row)
        .map((key) => `"${key}"`)
        .join(', ') || none
    );
  }

  /** A column that is mapped to one role is not read as another by its own name. */
  value(role: string): unknown {
    const name = this.name(role);
    const isTaken = this.#columns[role] === undefined && this.#mapped.has(name);
    return isTaken ? undefined : this.row[name];
  }

  has(role: string): boolean {
    const value = this.value(role);
    return value !== undefined && value !== null;
  }

  /** Errors: `bad-data` where the column is absent or not a text. */
  text(role: string): string {
    return this.asText(this.value(role), this.name(role));
  }

  /** Empty where the column is absent. */
  optionalText(role: string): string {
    return this.has(role) ? this.text(role) : '';
  }

  asText(value: unknown, place: string): string {
    if (typeof value === 'string') return value;
    throw this.refuse(`"${place}" must be a text, it is ${kindOf(value)}`);
  }

  /** A list, written as such or as JSON text. Errors: `bad-data`. */
  asList(value: unknown, place: string, of: string): readonly unknown[] {
    const list = typeof value === 'string' ? this.json(value, place) : value;
    if (Array.isArray(list)) return list;
    throw this.refuse(`"${place}" must be a list of ${of}, it is ${kindOf(list)}`);
  }

  /** The value of a JSON text, as templates see it. Errors: `bad-data`. */
  json(text: string, place: string): unknown {
    const value = this.#parsed(text, place);
    this.refuseHalfCharacters(value, place);
    return value;
  }

  #parsed(text: string, place: string): unknown {
    try {
      return parseExact(text, place);
    } catch (cause) {
      if (cause instanceof AutomodelError) throw this.refuse(cause.message);
      throw this.refuse(`"${place}" is a text that is not JSON`);
    }
  }

  /** Errors: `bad-data` naming the place of a text with half a character. */
  refuseHalfCharacters(value: unknown = this.row, place = ''): void {
    const half = placeOfHalf(value, place);
    if (half === undefined) return;
    throw this.refuse(
      `"${half}" holds half of a surrogate pair, which is not a character`,
      'an emoji was probably cut in two when the file was written: write it again whole',
    );
  }

  refuse(message: string, hint?: string): AutomodelError {
    return new AutomodelError('bad-data', message, { location: locationOf(this.source), hint });
  }
}

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (ArrayBuffer.isView(value)) return 'bytes that are not UTF-8 text';
  const kind = typeof plainNumber(value);
  return kind === 'object' ? 'an object' : `a ${kind}`;
}
