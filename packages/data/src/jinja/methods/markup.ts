// The methods of markupsafe's Markup: those of str, which give Markup and escape the texts they put
// in, and three of its own.
import { escape } from '../python/escape.js';
import { toArray } from '../python/iteration.js';
import { asMarkup } from '../python/strings.js';
import type { Run } from '../values/run.js';
import { isStr, type Str } from '../text/text.js';
import { builtin, type Builtin, type BuiltinTable } from '../values/builtin.js';
import { List, Tuple, type Named, type Value } from '../values/value.js';
import { striptags, unescape } from '../python/markup.js';
import { strChanges } from './str-changes.js';
import { strFormats } from './str-formats.js';
import { joinStrs, strParts } from './str-parts.js';
import { strQuestions } from './str-questions.js';

/** Which argument of a method is escaped. */
const ESCAPED: Readonly<Record<string, number>> = { replace: 1, ljust: 1, rjust: 1, center: 1 };

function marked(run: Run, value: Value): Value {
  if (isStr(value)) return asMarkup(run, value);
  if (value instanceof List) return new List(value.items.map((item) => marked(run, item)));
  return value instanceof Tuple ? new Tuple(value.items.map((item) => marked(run, item))) : value;
}

function markingMethod({ name, call }: Builtin<Str>): Builtin<Str> {
  const escapedArgument = ESCAPED[name];
  return {
    name,
    call: (run, text, args, named: Named) => {
      const given = args.map((arg, i) => (i === escapedArgument ? escape(run, arg) : arg));
      return marked(run, call(run, text, given, named));
    },
  };
}

const ownMethods: readonly Builtin<Str>[] = [
  builtin('join', 'iterable /', (run, text, [iterable]) => {
    const items = toArray(run, iterable ?? null).map((item) => escape(run, item));
    return asMarkup(run, joinStrs(run, text, items));
  }),
  builtin('escape', 's /', (run, _text, [value]) => escape(run, value ?? null)),
  builtin('unescape', '/', unescape),
  builtin('striptags', '/', striptags),
];

export const markupMethods: BuiltinTable<Str> = new Map([
  ...strQuestions,
  ...[...strParts.values(), ...strChanges.values(), ...strFormats.values()].map(
    (method) => [method.name, markingMethod(method)] as const,
  ),
  ...ownMethods.map((method) => [method.name, method] as const),
]);
