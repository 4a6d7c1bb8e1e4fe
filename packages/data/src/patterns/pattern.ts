// Where a pattern of tokenizer.json matches in a text, and what lies between, by the rules of the
// Rust library: matches follow one another, and an empty match right behind another is none.
import { MatchingBudget, MatchingStopped } from './matching-budget.js';
import { isQuick } from './published-patterns.js';
import { translatePattern } from './translate-pattern.js';

/** Code units from `start` to `end`; `match` is false for what lies between two matches. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly match: boolean;
}

export interface Pattern {
  /** All of each text, stretch by stretch. */
  stretches(texts: readonly string[]): readonly (readonly Stretch[])[];
  /** Global; without a look behind, so that its matches are those of `stretches`. */
  readonly expression?: RegExp | undefined;
  /** The text that the pattern is, if it is one. */
  readonly literal?: string | undefined;
}

/** A text that is looked for as it is. */
export const textPattern = (wanted: string): Pattern => ({
  ...expressionPattern(literalExpression(wanted)),
  literal: wanted === '' ? undefined : wanted,
});

/** Each text with `content` at the pattern's places. */
export function replaceAt(
  pattern: Pattern,
  texts: readonly string[],
  content: string,
): readonly string[] {
  const { literal } = pattern;
  if (literal !== undefined) {
    const written = content.replaceAll('$', '$$$$');
    return texts.map((text) => text.replaceAll(literal, written));
  }
  return pattern
    .stretches(texts)
    .map((stretches, i) =>
      stretches
        .map(({ start, end, match }) => (match ? content : texts[i]!.slice(start, end)))
        .join(''),
    );
}

/** The error for a pattern that cannot be matched, because of `why`. */
export type RefusePattern = (why: string) => Error;

/**
 * What a pattern of Oniguruma matches; one that is not known to be quick is matched within
 * `budget`. Errors: `UnsupportedPattern`; while matching, what `refuse` makes.
 */
export function regexPattern(
  pattern: string,
  refuse: RefusePattern,
  budget = new MatchingBudget(),
): Pattern {
  const stoppable = !isQuick(pattern);
  const expression = translatePattern(pattern, { stoppable });
  return !stoppable
    ? expressionPattern(expression)
    : { stretches: (texts) => stretchesWithin(budget, expression, texts, refuse) };
}

function stretchesWithin(
  budget: MatchingBudget,
  expression: RegExp,
  texts: readonly string[],
  refuse: RefusePattern,
): readonly (readonly Stretch[])[] {
  const characters = texts.reduce((sum, { length }) => sum + length, 0);
  try {
    return budget.run(characters, () => texts.map((text) => stretchesOf(expression, text)));
  } catch (cause) {
    throw cause instanceof MatchingStopped ? refuse(cause.message) : cause;
  }
}

/** Every character of the class, alone. */
export const characterPattern = (members: string): Pattern =>
  expressionPattern(new RegExp(`[${members}]`, 'gv'));

/** `expression` must be global. */
export function expressionPattern(expression: RegExp): Pattern {
  return {
    stretches: (texts) => texts.map((text) => stretchesOf(expression, text)),
    expression: expression.source.includes('(?<') ? undefined : expression,
  };
}

function stretchesOf(expression: RegExp, text: string): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let end = 0;
  let isFirst = true;
  for (const { start, length } of matches(expression, text)) {
    if (length === 0 && start === end && !isFirst) continue;
    if (start > end) stretches.push({ start: end, end: start, match: false });
    end = start + length;
    isFirst = false;
    stretches.push({ start, end, match: true });
  }
  if (end < text.length) stretches.push({ start: end, end: text.length, match: false });
  return stretches;
}

interface Match {
  readonly start: number;
  readonly length: number;
}

function matches(expression: RegExp, text: string): readonly Match[] {
  const found: Match[] = [];
  expression.lastIndex = 0;
  if (text === '') return found;
  for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
    const { index: start, 0: matched } = match;
    // V8 also looks between the halves of a character where an expression begins with a look
    // behind.
    if (isBetweenHalves(text, start)) {
      expression.lastIndex = start + 1;
      continue;
    }
    found.push({ start, length: matched.length });
    if (matched === '') expression.lastIndex = start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
  }
  return found;
}

function isBetweenHalves(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff && text.codePointAt(index - 1)! > 0xffff;
}

const literalExpression = (wanted: string): RegExp =>
  new RegExp(
    Array.from(wanted, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`).join(''),
    'gu',
  );
