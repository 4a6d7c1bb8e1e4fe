// Parses JSON within limits. JSON.parse ends the process where a text becomes more objects than the
// heap holds, and what walks its result ends with the stack where values are nested too deeply.
import { AutomodelError } from '@automodel/core';
import { JSON_LIMITS, type JsonLimits } from './json-limits.js';

/**
 * What JSON.parse makes of `text`. Errors: SyntaxError; `bad-data`, without a location, for more
 * than `limits` allow.
 */
export function parseBounded(text: string, limits: JsonLimits = JSON_LIMITS): unknown {
  if (text.length > limits.values && countedValues(text, limits.values) > limits.values)
    throw new AutomodelError(
      'bad-data',
      `more than ${limits.values.toLocaleString('en')} values in one JSON text`,
      { hint: 'write JSON lines (one object per line), or split the row' },
    );
  const value: unknown = JSON.parse(text);
  if (isDeeper(value, limits.depth))
    throw new AutomodelError('bad-data', `values are more than ${limits.depth} levels deep`);
  return value;
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [LIST, OBJECT] = [0x5b, 0x7b];

/** How many values `text` has at most, no further than one beyond `stopAfter`. */
function countedValues(text: string, stopAfter: number): number {
  let count = 1;
  for (let at = 0; at < text.length && count <= stopAfter; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA || code === LIST || code === OBJECT) count++;
  }
  return count;
}

/** Where the string that begins at `start` ends: at its quote, or with the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return text.length;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((element) => isDeeper(element, levels - 1));
  for (const key of Object.keys(value))
    if (isDeeper((value as Readonly<Record<string, unknown>>)[key], levels - 1)) return true;
  return false;
}
