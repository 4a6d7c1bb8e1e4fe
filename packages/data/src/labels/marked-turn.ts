// The trained parts of a turn that the template marks with `{% generation %}`: exactly what it
// marks.
import type { Mark } from '../jinja/index.js';
import type { TrainedTurn } from './loop-turn.js';
import type { PlacedChat } from './placed-pieces.js';
import type { EndTokens } from './turn-end.js';

/**
 * The message that a mark belongs to: the one in whose loop turn it stands, or whose keys it holds,
 * or which was written last before it. Undefined where it holds several.
 */
export function messageOfMark(
  { pieces }: PlacedChat,
  { start, end, source }: Mark,
): number | undefined {
  if (source !== undefined) return source;
  const written = pieces.filter((piece) => piece.message !== undefined && piece.start < end);
  const messages = new Set(
    written.filter((piece) => start < piece.end).map(({ message }) => message),
  );
  if (messages.size === 0) return written.at(-1)?.message;
  return messages.size === 1 ? [...messages][0] : undefined;
}

/** The turn of a message whose `marks` these are. */
export function markedTurn(
  { text }: PlacedChat,
  marks: readonly Mark[],
  tokens: EndTokens,
): TrainedTurn {
  const spans = marks
    .filter((mark) => mark.end > mark.start)
    .map(({ start, end }) => ({ start, end }));
  const written = text.slice(spans.at(-1)?.start, spans.at(-1)?.end).trimEnd();
  const ends = tokens.special.filter((token) => token !== '' && written.endsWith(token));
  return { spans, endToken: ends.sort((a, b) => b.length - a.length)[0] };
}
