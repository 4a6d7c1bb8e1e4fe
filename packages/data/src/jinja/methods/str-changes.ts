// Methods of str that give a changed text.
import { typeError } from '../failures/failure.js';
import { optionalStr, strArgument } from '../python/arguments.js';
import { sizeArgument } from '../python/numbers.js';
import type { Run } from '../values/run.js';
import { capitalize, casefold, lower, swapcase, title, upper } from '../text/case.js';
import { lengthOf } from '../text/search.js';
import { occurrencesIn, textLength } from '../text/size.js';
import { fillZeros, justify } from '../text/pad.js';
import { expandTabs, replace } from '../text/replace.js';
import { removePrefix, removeSuffix, strip, type Side } from '../text/strip.js';
import type { Str } from '../text/text.js';
import { builtin, tableOf, type Builtin } from '../values/builtin.js';

/** Letter by letter is slower than a whole text at once. */
const CHARACTERS_PER_SLOW_STEP = 4;

function caseMethod(name: string, change: (run: Run, text: Str) => Str): Builtin<Str> {
  return builtin(name, '/', (run, text) => {
    run.room(textLength(text));
    run.spend(textLength(text) / CHARACTERS_PER_SLOW_STEP);
    return change(run, text);
  });
}

function stripMethod(name: string, side: Side): Builtin<Str> {
  return builtin(name, 'chars? /', (run, text, [chars]) =>
    strip(run, text, side, optionalStr(chars, `${name} arg`)),
  );
}

function justifyMethod(name: string, alignment: 'left' | 'right' | 'center'): Builtin<Str> {
  return builtin(name, 'width fillchar? /', (run, text, [width, fillchar]) => {
    const size = sizeArgument(width ?? null);
    const filling = fillchar === undefined ? ' ' : strArgument(fillchar, 'fillchar');
    if (lengthOf(run, filling) !== 1)
      throw typeError('The fill character must be exactly one character long');
    run.room(size + textLength(text));
    return justify(run, text, size, filling, alignment);
  });
}

/** `text.replace(old, fresh, count)`, its size counted before it is made. */
export function replaceIn(run: Run, text: Str, old: Str, fresh: Str, count: number): Str {
  const growth = textLength(fresh) - textLength(old);
  const occurrences = growth > 0 ? occurrencesIn(text, old) : 0;
  const replaced = count < 0 ? occurrences : Math.min(count, occurrences);
  run.room(textLength(text) + replaced * Math.max(0, growth));
  return replace(run, text, old, fresh, count);
}

export const strChanges = tableOf<Str>(
  caseMethod('upper', upper),
  caseMethod('lower', lower),
  caseMethod('title', title),
  caseMethod('capitalize', capitalize),
  caseMethod('swapcase', swapcase),
  caseMethod('casefold', casefold),
  stripMethod('strip', 'both'),
  stripMethod('lstrip', 'left'),
  stripMethod('rstrip', 'right'),
  justifyMethod('ljust', 'left'),
  justifyMethod('rjust', 'right'),
  justifyMethod('center', 'center'),
  builtin('zfill', 'width /', (run, text, [width]) => {
    const size = sizeArgument(width ?? null);
    run.room(size + textLength(text));
    return fillZeros(run, text, size);
  }),
  builtin('expandtabs', 'tabsize?', (run, text, [tabsize]) => {
    const size = tabsize === undefined ? 8 : sizeArgument(tabsize);
    run.room(textLength(text) + occurrencesIn(text, '\t') * Math.max(0, size));
    return expandTabs(run, text, size);
  }),
  builtin('removeprefix', 'prefix /', (run, text, [prefix]) =>
    removePrefix(run, text, strArgument(prefix, 'removeprefix() argument')),
  ),
  builtin('removesuffix', 'suffix /', (run, text, [suffix]) =>
    removeSuffix(run, text, strArgument(suffix, 'removesuffix() argument')),
  ),
  builtin('replace', 'old new count? /', (run, text, [old, fresh, count]) =>
    replaceIn(
      run,
      text,
      strArgument(old, 'replace() argument 1'),
      strArgument(fresh, 'replace() argument 2'),
      count === undefined ? -1 : sizeArgument(count),
    ),
  ),
);
