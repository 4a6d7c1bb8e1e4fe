// The trained parts of a turn of which only the keys are known, because no loop over the messages
// wrote it: what the keys wrote, and what the template writes next to them in every chat that
// begins so.
import { lastSpecialToken, type EndTokens } from './turn-end.js';
import type { TrainedTurn } from './loop-turn.js';
import { isContentOf, type PlacedChat } from './placed-pieces.js';
import { commonLength } from './text-span.js';

/**
 * Undefined where it is not clear what belongs to the turn. `prompt` is what the template writes
 * between the last message before this one and an answer.
 */
export function trainedKeyTurn(
  chat: PlacedChat,
  message: number,
  prompt: string,
  tokens: EndTokens,
  beginning: PlacedChat | undefined,
): TrainedTurn | undefined {
  const keys = chat.pieces.filter((piece) => isContentOf(piece, message));
  const [first, last] = [keys[0], keys.at(-1)];
  const alone = beginning?.pieces.findLast((piece) => isContentOf(piece, message));
  if (first === undefined || last === undefined || beginning === undefined || alone === undefined)
    return undefined;
  const before = chat.pieces.findLast(
    (piece) => piece.end <= first.start && piece.key !== undefined && piece.message !== message,
  );
  const gap = chat.text.slice(before?.end ?? 0, first.start);
  const common = commonLength(gap, prompt);
  if (common < gap.length && common < prompt.length) return undefined;
  const next = chat.pieces.find((piece) => piece.start >= last.end && piece.key !== undefined);
  const tail = chat.text.slice(last.end, next?.start);
  const own = commonLength(tail, beginning.text.slice(alone.end));
  const start = (before?.end ?? 0) + common;
  const found = lastSpecialToken(chat.text, { start: last.end, end: last.end + own }, tokens);
  const end = found?.end ?? last.end + own;
  return { spans: [{ start, end }], endToken: found?.token };
}
