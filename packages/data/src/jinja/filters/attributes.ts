// Attributes that filters look up: a path with dots, whose numbers are indices.
import { DIGITS } from '../methods/numerals.js';
import { parseIntText } from '../values/ints.js';
import type { Run } from '../values/run.js';
import { lower } from '../text/case.js';
import { read } from '../text/search.js';
import { isStr } from '../text/text.js';
import { Undefined } from '../values/undefined.js';
import { List, type Value } from '../values/value.js';

export type Getter = (item: Value) => Value;

function partsOf(run: Run, attribute: Value): readonly Value[] {
  if (attribute === null) return [];
  return isStr(attribute) ? pathParts(read(run, attribute)) : [attribute];
}

function pathParts(path: string): readonly Value[] {
  return path
    .split('.')
    .map((part) => (DIGITS.test(part) ? (parseIntText(part, 10) ?? part) : part));
}

/** What an attribute of an item is; the item where there is no attribute. */
export function attributeGetter(
  run: Run,
  attribute: Value,
  { foldsCase = false, usual = null }: { foldsCase?: boolean; usual?: Value } = {},
): Getter {
  const parts = partsOf(run, attribute);
  return (item) => {
    let found = item;
    for (const part of parts) {
      found = run.lookup.item(run, found, part);
      if (usual !== null && found instanceof Undefined) found = usual;
    }
    return foldsCase ? folded(run, found) : found;
  };
}

/** A list of several attributes, with commas between them. */
export function attributesGetter(run: Run, attribute: Value, foldsCase: boolean): Getter {
  const paths = isStr(attribute)
    ? read(run, attribute).split(',').map(pathParts)
    : [partsOf(run, attribute)];
  return (item) =>
    new List(
      paths.map((parts) => {
        let found = item;
        for (const part of parts) found = run.lookup.item(run, found, part);
        return foldsCase ? folded(run, found) : found;
      }),
    );
}

/** A text in small letters, for comparison without case. */
function folded(run: Run, value: Value): Value {
  return isStr(value) ? lower(run, value) : value;
}
