// Values of Parquet as a row holds them: what its schema calls a float is one also where it is
// whole, whole numbers are exact, structs keep the order of their fields, dates are ISO 8601 texts.
import type { SchemaTree } from 'hyparquet';
import { objectOf } from '../json/ordered-object.js';
import { Float } from '../jinja/values/value.js';

/** `value` as hyparquet reads it from the column, or part of one, that `schema` describes. */
export function parquetValue(value: unknown, schema: SchemaTree): unknown {
  if (value === undefined || value === null) return null;
  switch (typeof value) {
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    case 'number':
      return isFloat(schema) && Number.isInteger(value) ? new Float(value) : value;
    case 'object':
      return objectValue(value, schema);
    default:
      return value;
  }
}

function objectValue(value: object, schema: SchemaTree): unknown {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array || isJson(schema)) return value;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const element = elementOf(schema);
    return Array.from(value as ArrayLike<unknown>, (item) => parquetValue(item, element));
  }
  const entries = Object.entries(value);
  const fields = new Map(schema.children.map((child) => [child.element.name, child]));
  if (schema.element.converted_type === 'MAP' || !entries.every(([key]) => fields.has(key)))
    return mapValue(entries, schema);
  const values = new Map(entries);
  return objectOf(
    [...fields]
      .filter(([name]) => values.has(name))
      .map(([name, field]) => [name, parquetValue(values.get(name), field)]),
  );
}

/** A map: its keys have the order in which the reader gives them. */
function mapValue(entries: readonly [string, unknown][], schema: SchemaTree): unknown {
  const of = schema.children[0]?.children[1] ?? schema;
  return objectOf(entries.map(([key, entry]) => [key, parquetValue(entry, of)]));
}

/** What a list is of: behind the group or groups that a list is written with. */
function elementOf(schema: SchemaTree): SchemaTree {
  if (schema.element.converted_type !== 'LIST') return schema;
  const [group] = schema.children;
  const [only, ...others] = group?.children ?? [];
  return only !== undefined && others.length === 0 ? only : (group ?? schema);
}

function isFloat({ element }: SchemaTree): boolean {
  const { type, logical_type: logical } = element;
  return type === 'FLOAT' || type === 'DOUBLE' || logical?.type === 'FLOAT16';
}

/** Read as JSON, which is a row's value already. */
function isJson({ element }: SchemaTree): boolean {
  return element.converted_type === 'JSON' || element.logical_type?.type === 'JSON';
}
