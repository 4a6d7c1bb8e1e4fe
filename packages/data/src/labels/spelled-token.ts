// Whether a row's own text spells a special token, which the tokenizer then takes for that token.
import type { PlacedChat } from './placed-pieces.js';

/** Whether what keys of messages wrote in `chat` holds one of `tokens`. */
export function spellsToken({ pieces }: PlacedChat, tokens: readonly string[]): boolean {
  const anyToken = expressionOf(tokens);
  if (anyToken === undefined) return false;
  for (const { key, text } of pieces) if (key !== undefined && anyToken.test(text)) return true;
  return false;
}

/** One search for all of them: tokenizers have hundreds. */
const expressions = new WeakMap<readonly string[], RegExp>();

function expressionOf(tokens: readonly string[]): RegExp | undefined {
  const known = expressions.get(tokens);
  if (known !== undefined) return known;
  const texts = tokens.filter((token) => token !== '');
  if (texts.length === 0) return undefined;
  const made = new RegExp(
    texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'),
  );
  expressions.set(tokens, made);
  return made;
}
