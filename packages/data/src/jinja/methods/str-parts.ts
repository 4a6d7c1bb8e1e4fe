// Methods of str that take a text apart or put texts together.
import { typeError, valueError } from '../failures/failure.js';
import { strArgument, optionalStr } from '../python/arguments.js';
import { toArray } from '../python/iteration.js';
import { sizeArgument } from '../python/numbers.js';
import { isTrue } from '../python/truth.js';
import { typeName } from '../python/type-names.js';
import type { Run } from '../values/run.js';
import { isEmpty } from '../text/search.js';
import { joinWith } from '../text/pad.js';
import { textLength } from '../text/size.js';
import {
  partition,
  splitAt,
  splitAtRight,
  splitLines,
  splitWords,
  splitWordsRight,
} from '../text/split.js';
import { isStr, type Str } from '../text/text.js';
import { builtin, tableOf, type Bound, type Builtin } from '../values/builtin.js';
import { List, Tuple, type Value } from '../values/value.js';

type Splitter = (run: Run, text: Str, separator: Str, maximum: number) => Str[];
type WordSplitter = (run: Run, text: Str, maximum: number) => Str[];

function splitMethod(name: string, split: Splitter, splitWordsOf: WordSplitter): Builtin<Str> {
  return builtin(name, 'sep? maxsplit?', (run, text, [sep, maxsplit]) => {
    const separator = optionalStr(sep, 'sep');
    const maximum = maxsplit === undefined ? -1 : sizeArgument(maxsplit);
    if (separator === undefined) return listOf(run, splitWordsOf(run, text, maximum));
    if (isEmpty(run, separator)) throw valueError('empty separator');
    return listOf(run, split(run, text, separator, maximum));
  });
}

function listOf(run: Run, parts: Str[]): List {
  run.items(parts.length);
  return new List(parts);
}

function partitionMethod(name: string, fromRight: boolean): Builtin<Str> {
  return builtin(name, 'sep /', (run, text, [sep]) => {
    const separator = strArgument(sep, 'sep');
    if (isEmpty(run, separator)) throw valueError('empty separator');
    return new Tuple(partition(run, text, separator, fromRight));
  });
}

/** `separator.join(items)`. Errors: TypeError where an item is no text. */
export function joinStrs(run: Run, separator: Str, items: readonly Value[]): Str {
  const parts: Str[] = [];
  let size = items.length * textLength(separator);
  for (const [i, item] of items.entries()) {
    if (!isStr(item))
      throw typeError(`sequence item ${i}: expected str instance, ${typeName(item)} found`);
    size += textLength(item);
    parts.push(item);
  }
  run.room(size);
  return joinWith(run, separator, parts);
}

export const strParts = tableOf<Str>(
  splitMethod('split', splitAt, splitWords),
  splitMethod('rsplit', splitAtRight, splitWordsRight),
  partitionMethod('partition', false),
  partitionMethod('rpartition', true),
  builtin('splitlines', 'keepends?', (run, text, [keepends]: Bound) =>
    listOf(run, splitLines(run, text, keepends !== undefined && isTrue(run, keepends))),
  ),
  builtin('join', 'iterable /', (run, text, [iterable]) =>
    joinStrs(run, text, toArray(run, iterable ?? null)),
  ),
);
