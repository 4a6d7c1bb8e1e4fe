// Numbers of rows where only their amount counts: rows hold floats and large whole numbers as
// templates write them.
import { Float } from '../jinja/values/value.js';

/** A number of any kind as JavaScript has it; other values as they are. */
export function plainNumber(value: unknown): unknown {
  if (value instanceof Float) return value.value;
  return typeof value === 'bigint' ? Number(value) : value;
}
