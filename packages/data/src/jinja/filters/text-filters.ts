// Filters that take a text; whatever else they are given becomes one.
import { PythonError, typeError } from '../failures/failure.js';
import { indent as indentLines } from '../text/indent.js';
import { replaceIn } from '../methods/str-changes.js';
import { strMethods } from '../methods/str.js';
import { markupMethods } from '../methods/markup.js';
import { linesIn, textLength } from '../text/size.js';
import { strArgument } from '../python/arguments.js';
import { escape, escapeAlways } from '../python/escape.js';
import { length } from '../python/iteration.js';
import { striptags } from '../python/markup.js';
import { sizeArgument } from '../python/numbers.js';
import { asMarkup, toSoftStr, toStr } from '../python/strings.js';
import { isTrue } from '../python/truth.js';
import { typeName, undefinedError } from '../python/type-names.js';
import type { Run } from '../values/run.js';
import { titleWords } from '../text/case.js';
import { concat } from '../text/join.js';
import { lengthOf } from '../text/search.js';
import { slice } from '../text/slice.js';
import { splitAtRight } from '../text/split.js';
import { isMarkup, isStr, type Str } from '../text/text.js';
import { countWords, wrapLines } from '../text/words.js';
import { builtin, tableOf, variadic, type Bound } from '../values/builtin.js';
import { Dict, hashOfText } from '../values/dict.js';
import { Undefined } from '../values/undefined.js';
import { NO_NAMES, Tuple, type Named, type Value } from '../values/value.js';
import { getSlice } from '../operators/slices.js';
import { format } from '../operators/operators.js';

/** What a method of str gives. */
function callMethod(run: Run, value: Value, method: string, args: readonly Value[] = []): Value {
  const text = toSoftStr(run, value);
  const methods = isMarkup(text) ? markupMethods : strMethods;
  return methods.get(method)?.call(run, text, args, NO_NAMES) ?? '';
}

function formatValues(args: readonly Value[], named: Named): Value {
  if (named.size === 0) return new Tuple(args);
  if (args.length > 0)
    throw new PythonError(
      'FilterArgumentError',
      "can't handle positional and keyword arguments at the same time",
    );
  const dict = new Dict();
  for (const [name, value] of named) dict.set(hashOfText(name), name, value);
  return dict;
}

function indent(run: Run, value: Value, [width = 4, first, blank]: Bound): Value {
  if (value instanceof Undefined) throw undefinedError(value);
  const text = strArgument(value, 'indent() argument');
  let indentation: Str;
  if (isStr(width)) indentation = width;
  else {
    const count = Math.max(0, sizeArgument(width));
    run.room(count);
    indentation = ' '.repeat(count);
  }
  run.room(textLength(text) + textLength(indentation) * linesIn(text));
  const indented = indentLines(
    run,
    text,
    indentation,
    first !== undefined && isTrue(run, first),
    blank !== undefined && isTrue(run, blank),
  );
  return isMarkup(value) ? asMarkup(run, indented) : indented;
}

function truncate(
  run: Run,
  value: Value,
  [size = 255, killwords, end = '...', leeway]: Bound,
): Value {
  const ellipsis = strArgument(end, 'end');
  const shortest = lengthOf(run, ellipsis);
  const longest = sizeArgument(size);
  const extra = leeway === undefined || leeway === null ? 5 : sizeArgument(leeway);
  if (longest < shortest)
    throw new PythonError('AssertionError', `expected length >= ${shortest}, got ${longest}`);
  if (extra < 0) throw new PythonError('AssertionError', `expected leeway >= 0, got ${extra}`);
  if (length(run, value) <= longest + extra) return value;
  if (!isStr(value)) {
    getSlice(run, value, { start: null, stop: longest - shortest, step: null });
    throw typeError(`can only concatenate ${typeName(value)} (not "str")`);
  }
  const kept = slice(run, value, undefined, longest - shortest, 1);
  if (killwords !== undefined && isTrue(run, killwords)) return ended(run, value, kept, ellipsis);
  const [words = ''] = splitAtRight(run, kept, ' ', 1);
  return ended(run, value, words, ellipsis);
}

function ended(run: Run, from: Str, kept: Str, end: Str): Str {
  if (!isMarkup(from))
    return isMarkup(end)
      ? asMarkup(run, concat(run, [escape(run, kept), end]))
      : concat(run, [kept, end]);
  return asMarkup(run, concat(run, [kept, escape(run, end)]));
}

export const textFilters = tableOf<Value>(
  builtin('upper', '', (run, value) => callMethod(run, value, 'upper')),
  builtin('lower', '', (run, value) => callMethod(run, value, 'lower')),
  builtin('capitalize', '', (run, value) => callMethod(run, value, 'capitalize')),
  builtin('title', '', (run, value) => {
    const text = toSoftStr(run, value);
    run.spend(textLength(text));
    return titleWords(run, text);
  }),
  builtin('trim', 'chars?', (run, value, [chars]) =>
    callMethod(run, value, 'strip', chars === undefined ? [] : [chars]),
  ),
  builtin('center', 'width?', (run, value, [width = 80]) =>
    callMethod(run, value, 'center', [width]),
  ),
  builtin('string', '', (run, value) => toSoftStr(run, value)),
  builtin('safe', '', (run, value) => asMarkup(run, toStr(run, value))),
  builtin('escape', '', (run, value) => escape(run, value)),
  builtin('e', '', (run, value) => escape(run, value)),
  builtin('forceescape', '', (run, value) => escapeAlways(run, toStr(run, value))),
  builtin('striptags', '', (run, value) => striptags(run, toStr(run, value))),
  variadic('format', (run, value, args, named) =>
    format(run, toSoftStr(run, value), formatValues(args, named)),
  ),
  builtin('replace', 'old new count?', (run, value, [old, fresh, count]) =>
    replaceIn(
      run,
      toStr(run, value),
      toStr(run, old ?? null),
      toStr(run, fresh ?? null),
      count === undefined || count === null ? -1 : sizeArgument(count),
    ),
  ),
  builtin('indent', 'width? first? blank?', indent),
  builtin('truncate', 'length? killwords? end? leeway?', truncate),
  builtin('wordcount', '', (run, value) => countWords(run, toSoftStr(run, value))),
  builtin(
    'wordwrap',
    'width? break_long_words? wrapstring? break_on_hyphens?',
    (run, value, [width = 79, breakLong, wrapstring, breakOnHyphens]) => {
      if (value instanceof Undefined) throw undefinedError(value);
      const text = strArgument(value, 'wordwrap() argument');
      run.room(textLength(text) * 2);
      run.spend(textLength(text));
      return wrapLines(
        run,
        text,
        sizeArgument(width),
        breakLong === undefined || isTrue(run, breakLong),
        wrapstring === undefined || wrapstring === null
          ? '\n'
          : strArgument(wrapstring, 'wrapstring'),
        breakOnHyphens === undefined || isTrue(run, breakOnHyphens),
      );
    },
  ),
);
