// Which names a text means: a name or its last parts, NeMo's patterns, or a regular expression of
// PEFT. Names and patterns ask no engine for regular expressions; an expression is matched against
// all names in one call, within a budget, because it may come with a file.
import { AutomodelError } from '@automodel/core';
import {
  MatchingBudget,
  MatchingStopped,
  MAX_OPTIONAL_PARTS,
  MAX_PATTERN_CHARACTERS,
} from '@automodel/data';

/** Letters, digits, `.` for any character and `*` for any text. */
const ONLY_PATTERN = /^[\w.*-]+$/;

/** What all expressions of a list, or of a map, may take together: a file may name thousands. */
const LIST_MILLISECONDS = 500;
export const listBudget = (): MatchingBudget => new MatchingBudget(LIST_MILLISECONDS, 0);

/**
 * PEFT's regular expressions are Python's, which write named groups and the ends of the text
 * differently.
 */
const fromPython = (source: string): string =>
  source
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replaceAll('\\A', '^')
    .replaceAll('\\Z', '$');

/**
 * Those of `names` that `target` means; `key` is where it was written. Errors: `bad-argument` for
 * an expression that is malformed or too long, or takes too long.
 */
export function matchingNames(
  target: string,
  names: readonly string[],
  key = 'target_modules',
  budget = listBudget(),
): ReadonlySet<string> {
  if (!ONLY_PATTERN.test(target))
    return matchedByExpression(`^(?:${fromPython(target)})$`, names, { key, target, budget });
  return new Set(
    names.filter(
      target.includes('*')
        ? (name) => matchesWildcards(target, name)
        : (name) => name === target || name.endsWith(`.${target}`),
    ),
  );
}

/**
 * Those of `names` whose whole text, or last parts, the expression matches: keys of `rank_pattern`
 * and `alpha_pattern`. Errors: those of `matchingNames`.
 */
export function matchingEnds(
  target: string,
  names: readonly string[],
  key: string,
  budget = listBudget(),
): ReadonlySet<string> {
  if (ONLY_PATTERN.test(target) && !target.includes('*'))
    return new Set(
      names.filter(
        (name) => matchesWildcards(target, name) || matchesWildcards(`*\\.${target}`, name),
      ),
    );
  const source = `^(.*\\.)?(${fromPython(target)})$`;
  return matchedByExpression(source, names, { key, target, budget });
}

interface Written {
  readonly key: string;
  readonly target: string;
  readonly budget: MatchingBudget;
}

function matchedByExpression(
  source: string,
  names: readonly string[],
  { key, target, budget }: Written,
): ReadonlySet<string> {
  const refuse = (why: string, cause: unknown): AutomodelError =>
    new AutomodelError('bad-argument', `${key} ${shown(target)} ${why}`, {
      hint: 'name the modules, or write a simpler expression',
      cause,
    });
  const expression = compiled(source, refuse);
  const characters = names.reduce((sum, { length }) => sum + length, 0);
  try {
    return new Set(budget.run(characters, () => names.filter((name) => expression.test(name))));
  } catch (cause) {
    throw cause instanceof MatchingStopped ? refuse(cause.message, cause) : cause;
  }
}

const SHOWN_CHARACTERS = 200;

const shown = (target: string): string =>
  target.length > SHOWN_CHARACTERS
    ? `${JSON.stringify(target.slice(0, SHOWN_CHARACTERS))}...`
    : JSON.stringify(target);

const OPTIONAL = /(?<!\()[?*]|\{0?,/g;

function compiled(source: string, refuse: (why: string, cause: unknown) => Error): RegExp {
  if (source.length > MAX_PATTERN_CHARACTERS)
    throw refuse(`has more than ${MAX_PATTERN_CHARACTERS} characters`, undefined);
  if ((source.match(OPTIONAL)?.length ?? 0) > MAX_OPTIONAL_PARTS)
    throw refuse(`has more than ${MAX_OPTIONAL_PARTS} optional parts`, undefined);
  try {
    return new RegExp(source);
  } catch (cause) {
    const { message } = cause as Error;
    throw refuse(`is neither a pattern nor a regular expression: ${message}`, cause);
  }
}

const ANY_TEXT = '*';
const ANY_CHARACTER = '.';

/** `\.` is a dot; the latest `*` takes more wherever what follows it does not fit. */
function matchesWildcards(pattern: string, name: string): boolean {
  const parts = pattern.match(/\\?./g) ?? [];
  let [at, position] = [0, 0];
  let [afterStar, fromStar] = [-1, 0];
  while (position < name.length) {
    const part = parts[at];
    if (part === ANY_TEXT) [afterStar, fromStar] = [++at, position];
    else if (part === ANY_CHARACTER || part?.at(-1) === name[position]) {
      at++;
      position++;
    } else if (afterStar >= 0) [at, position] = [afterStar, ++fromStar];
    else return false;
  }
  return parts.slice(at).every((part) => part === ANY_TEXT);
}
