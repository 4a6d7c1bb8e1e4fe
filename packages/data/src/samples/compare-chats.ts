// What differs between two renderings of one chat: in their texts, and in the parts that are
// trained.
import { commonLength } from '../labels/text-span.js';
import type { InspectedChat } from './inspect-chats.js';

/** The first place where two texts differ. */
export interface TextDifference {
  /** Characters that both texts begin with. */
  readonly start: number;
  /** What the first text has there, with a little of what both have before it. */
  readonly one: string;
  /** The same of the second text. */
  readonly other: string;
}

/** What differs; a side that is equal is undefined. */
export interface ChatDifference {
  readonly text: TextDifference | undefined;
  /** Of the first trained part that differs; a part that is missing is an empty text. */
  readonly trained: (TextDifference & { readonly part: number }) | undefined;
}

const BEFORE = 24;
const AFTER = 56;

/** Two renderings of one chat compared; undefined where text and trained parts are equal. */
export function compareChats(
  one: Pick<InspectedChat, 'text' | 'trained'>,
  other: Pick<InspectedChat, 'text' | 'trained'>,
): ChatDifference | undefined {
  const text = differenceOf(one.text, other.text);
  const trained = differenceOfParts(one.trained, other.trained);
  return text === undefined && trained === undefined ? undefined : { text, trained };
}

function differenceOfParts(
  one: readonly string[],
  other: readonly string[],
): ChatDifference['trained'] {
  const count = Math.max(one.length, other.length);
  for (let part = 0; part < count; part++) {
    const difference = differenceOf(one[part] ?? '', other[part] ?? '');
    if (difference !== undefined) return { ...difference, part };
  }
  return undefined;
}

function differenceOf(one: string, other: string): TextDifference | undefined {
  if (one === other) return undefined;
  const start = wholeCharacters(one, commonLength(one, other));
  const from = wholeCharacters(one, Math.max(0, start - BEFORE));
  const excerpt = (text: string): string => text.slice(from, wholeCharacters(text, start + AFTER));
  return { start, one: excerpt(one), other: excerpt(other) };
}

/** `at`, or one less where it stands within a surrogate pair. */
const wholeCharacters = (text: string, at: number): number =>
  /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(at - 1, at + 1)) && at > 0 ? at - 1 : at;
