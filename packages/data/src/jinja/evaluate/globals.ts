// The functions and classes that every template has: those of Jinja, and what transformers adds.
import { PythonError, typeError, UnsupportedError, valueError } from '../failures/failure.js';
import { LONGEST_RANGE } from '../failures/limits.js';
import { copyDict } from '../methods/dict.js';
import { strArgument } from '../python/arguments.js';
import { hashOf } from '../python/hash.js';
import { isIterable, toArray } from '../python/iteration.js';
import { sizeArgument } from '../python/numbers.js';
import { toStr } from '../python/strings.js';
import { undefinedError } from '../python/type-names.js';
import type { Run } from '../values/run.js';
import { read } from '../text/search.js';
import { builtin, variadic, type Builtin } from '../values/builtin.js';
import { ClassValue, FunctionValue } from '../values/callable.js';
import { Cycler } from '../objects/cycler.js';
import { Dict, hashOfText } from '../values/dict.js';
import { Joiner } from '../objects/joiner.js';
import { Namespace } from '../objects/namespace.js';
import { Range } from '../values/range.js';
import { Undefined } from '../values/undefined.js';
import type { Named, Value } from '../values/value.js';

type GlobalBuiltin = Builtin<null>;

/** As in the sandbox. Errors: OverflowError for more items than it allows. */
const range: GlobalBuiltin = builtin('safe_range', 'start stop? step? /', (_run, _self, args) => {
  const [first = 0, second, third = 1] = args.map((arg) => sizeArgument(arg ?? null));
  if (third === 0) throw valueError('range() arg 3 must not be zero');
  const made = second === undefined ? new Range(0, first, 1) : new Range(first, second, third);
  if (made.size > LONGEST_RANGE)
    throw new PythonError(
      'OverflowError',
      `Range too big. The sandbox blocks ranges larger than MAX_RANGE (${LONGEST_RANGE}).`,
    );
  return made;
});

/** `dict(mapping or pairs, name=value)`. */
function makeDict(run: Run, args: readonly Value[], named: Named): Dict {
  const [given, ...others] = args;
  if (others.length > 0) throw typeError('dict expected at most 1 argument');
  const dict = given === undefined ? new Dict() : dictFrom(run, given);
  for (const [name, value] of named) dict.set(hashOfText(name), name, value);
  return dict;
}

function dictFrom(run: Run, given: Value): Dict {
  if (given instanceof Dict) return copyDict(run, given);
  if (given instanceof Undefined) throw undefinedError(given);
  const dict = new Dict();
  for (const pair of toArray(run, given)) {
    if (!isIterable(pair)) throw typeError('cannot convert dictionary update sequence element');
    const [key, value, ...others] = toArray(run, pair);
    if (key === undefined || value === undefined || others.length > 0)
      throw valueError('dictionary update sequence element has a length other than 2');
    dict.set(hashOf(run, key), key, value);
  }
  return dict;
}

const cycler: GlobalBuiltin = variadic('Cycler', (_run, _self, args, named) => {
  if (named.size > 0) throw typeError('Cycler() takes no keyword arguments');
  if (args.length === 0)
    throw new PythonError('RuntimeError', 'at least one item has to be provided');
  return new Cycler(args);
});

const raiseException: GlobalBuiltin = builtin(
  'raise_exception',
  'message',
  (run, _self, [message]) => {
    throw new PythonError('TemplateError', String(read(run, toStr(run, message ?? null))));
  },
);

const strftimeNow: GlobalBuiltin = builtin('strftime_now', 'format', (run, _self, [format]) =>
  run.strftime(read(run, strArgument(format, 'strftime() argument 1'))),
);

const lipsum: GlobalBuiltin = variadic('generate_lorem_ipsum', () => {
  throw new UnsupportedError("the function 'lipsum' is not supported");
});

export const GLOBALS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['range', new FunctionValue(range)],
  [
    'dict',
    new ClassValue(
      'dict',
      variadic('dict', (run, _self, args, named) => makeDict(run, args, named)),
      'fromkeys get keys values items copy'.split(' '),
    ),
  ],
  [
    'namespace',
    new ClassValue(
      'jinja2.utils.Namespace',
      variadic('Namespace', (run, _self, args, named) => new Namespace(makeDict(run, args, named))),
      [],
    ),
  ],
  ['cycler', new ClassValue('jinja2.utils.Cycler', cycler, ['current', 'next', 'reset'])],
  [
    'joiner',
    new ClassValue(
      'jinja2.utils.Joiner',
      builtin('Joiner', 'sep?', (_run, _self, [separator = ', ']) => new Joiner(separator)),
      [],
    ),
  ],
  ['lipsum', new FunctionValue(lipsum)],
  ['raise_exception', new FunctionValue(raiseException)],
  ['strftime_now', new FunctionValue(strftimeNow)],
]);
