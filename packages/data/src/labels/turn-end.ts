// The end of an assistant's turn: the last special token that the template wrote in it, which a
// model has to learn to stop; white space behind that token does not belong to the turn.
import type { TextSpan } from './text-span.js';

/** Tokens that end turns. */
export interface EndTokens {
  /** Texts of all special tokens. */
  readonly special: readonly string[];
  /** Texts of the tokens that the model stops at. */
  readonly stop: readonly string[];
}

/** The end of a turn, and the token that it ends with. */
export interface TurnEnd {
  readonly end: number;
  readonly token: string | undefined;
}

/** The last special token within `span` of `text`. */
export function lastSpecialToken(
  text: string,
  { start, end }: TextSpan,
  { special }: EndTokens,
): { readonly end: number; readonly token: string } | undefined {
  const written = text.slice(start, end);
  let last: { readonly end: number; readonly token: string } | undefined;
  for (const token of special) {
    const at = token === '' ? -1 : written.lastIndexOf(token);
    if (at < 0) continue;
    const found = { end: start + at + token.length, token };
    const isLater = last === undefined || found.end > last.end;
    // Of two tokens that end at the same place, the longer one is what the tokenizer sees.
    if (isLater || (found.end === last?.end && token.length > last.token.length)) last = found;
  }
  return last;
}

/** The longest of `tokens` that stands at a place. */
export function tokenAt(text: string, at: number, tokens: readonly string[]): string | undefined {
  let longest: string | undefined;
  for (const token of tokens)
    if (token.length > (longest?.length ?? 0) && text.startsWith(token, at)) longest = token;
  return longest;
}
