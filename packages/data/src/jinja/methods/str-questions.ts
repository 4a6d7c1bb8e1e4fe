// Methods of str that ask about a text.
import { typeError, valueError } from '../failures/failure.js';
import { strArgument } from '../python/arguments.js';
import { sliceArgument } from '../python/numbers.js';
import { isPrintable } from '../python/quote.js';
import { typeName } from '../python/type-names.js';
import type { Run } from '../values/run.js';
import { charactersOf, isStr, type Str } from '../text/text.js';
import { question } from '../text/operation.js';
import { countOf, endsWith, find, isAscii, matches, startsWith } from '../text/search.js';
import { SPACE_CLASS } from '../text/white-space.js';
import { builtin, tableOf, type Builtin } from '../values/builtin.js';
import { Tuple } from '../values/value.js';
import { isLowerText, isTitleText, isUpperText } from './letter-case.js';
import { DIGITS, NUMERALS } from './numerals.js';

function findMethod(name: string, fromRight: boolean, mustExist: boolean): Builtin<Str> {
  return builtin(name, 'sub start? end? /', (run, text, [sub, start, end]) => {
    const sought = strArgument(sub, `${name}() argument 1`);
    const at = find(run, text, sought, sliceArgument(start), sliceArgument(end), fromRight);
    if (mustExist && at < 0) throw valueError('substring not found');
    return at;
  });
}

type Affix = typeof startsWith;

function affixMethod(name: string, has: Affix): Builtin<Str> {
  return builtin(name, 'affix start? end? /', (run, text, [affix, start, end]) => {
    const candidates = affix instanceof Tuple ? affix.items : [affix ?? null];
    const bounds = [sliceArgument(start), sliceArgument(end)] as const;
    for (const candidate of candidates) {
      if (!isStr(candidate))
        throw typeError(
          `${name} first arg must be str or a tuple of str, not ${typeName(candidate)}`,
        );
      if (has(run, text, candidate, ...bounds)) return true;
    }
    return false;
  });
}

function isMethod(name: string, ask: (run: Run, text: Str) => boolean): Builtin<Str> {
  return builtin(name, '/', (run, text) => ask(run, text));
}

function patternMethod(name: string, pattern: RegExp): Builtin<Str> {
  return isMethod(name, (run, text) => matches(run, text, pattern));
}

const isPrintableText = question((text: Str): boolean => isPrintable(charactersOf(text)));

export const strQuestions = tableOf<Str>(
  findMethod('find', false, false),
  findMethod('rfind', true, false),
  findMethod('index', false, true),
  findMethod('rindex', true, true),
  builtin('count', 'sub start? end? /', (run, text, [sub, start, end]) =>
    countOf(
      run,
      text,
      strArgument(sub, 'count() argument 1'),
      sliceArgument(start),
      sliceArgument(end),
    ),
  ),
  affixMethod('startswith', startsWith),
  affixMethod('endswith', endsWith),
  isMethod('isascii', isAscii),
  isMethod('isprintable', isPrintableText),
  isMethod('islower', isLowerText),
  isMethod('isupper', isUpperText),
  isMethod('istitle', isTitleText),
  patternMethod('isspace', new RegExp(`^${SPACE_CLASS}+$`)),
  patternMethod('isalpha', /^\p{L}+$/u),
  patternMethod('isalnum', /^[\p{L}\p{N}]+$/u),
  patternMethod('isdecimal', /^\p{Nd}+$/u),
  patternMethod('isdigit', DIGITS),
  patternMethod('isnumeric', NUMERALS),
  patternMethod('isidentifier', /^[\p{XID_Start}_]\p{XID_Continue}*$/u),
);
