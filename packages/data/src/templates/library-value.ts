// Values of rows as the template library takes them: it knows JavaScript's numbers only.
import { AutomodelError } from '@automodel/core';
import { isObject } from '../json/json-object.js';
import { objectOf } from '../json/ordered-object.js';
import { plainNumber } from '../json/plain-number.js';

/** Errors: `bad-data` for a whole number that the library would write otherwise. */
export function libraryValue(value: unknown): unknown {
  if (typeof value === 'bigint')
    throw new AutomodelError(
      'bad-data',
      `the number ${value} has more digits than can be written`,
      { hint: 'write it as a text' },
    );
  if (Array.isArray(value)) return value.map(libraryValue);
  if (!isObject(value)) return plainNumber(value);
  return objectOf(Object.entries(value).map(([key, entry]) => [key, libraryValue(entry)]));
}
