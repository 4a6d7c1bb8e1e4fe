// The trained parts of a turn that a loop turn of the template wrote: all of it behind the header
// and up to its end token, without what other messages say in between (results of tools, with what
// the template writes around them).
import { lastSpecialToken, tokenAt, type EndTokens, type TurnEnd } from './turn-end.js';
import {
  isContentOf,
  regionOf,
  type PlacedChat,
  type PlacedPiece,
  type Region,
} from './placed-pieces.js';
import { commonLength, type TextSpan } from './text-span.js';

/** What is trained of a turn, and the token that ends it. */
export interface TrainedTurn {
  readonly spans: readonly TextSpan[];
  readonly endToken: string | undefined;
}

/**
 * `header` is where the header ends. `beginning` renders the chat up to and with the message;
 * undefined where the template refuses that.
 */
export function trainedLoopTurn(
  chat: PlacedChat,
  region: Region,
  message: number,
  header: number,
  tokens: EndTokens,
  beginning: () => PlacedChat | undefined,
): TrainedTurn {
  const spans: TextSpan[] = [];
  let start: number | undefined = header;
  let written: PlacedPiece | undefined;
  const said: PlacedPiece[] = [];
  for (const piece of region.pieces) {
    if (isContentOf(piece, message)) {
      // Around results of tools, what was said before is said again: the name of the function.
      const isSaid = ({ key, keyStart }: PlacedPiece): boolean =>
        key === piece.key && keyStart === piece.keyStart;
      if (start === undefined && said.some(isSaid)) continue;
      said.push(piece);
      start ??= piece.start;
      written = piece;
    } else if (piece.message !== message && start !== undefined) {
      const part = { start, written, end: piece.start };
      const end = ownEnd(chat, region, part, message, tokens, beginning());
      if (end > start) spans.push({ start, end });
      start = undefined;
    }
  }
  if (start === undefined) return { spans, endToken: undefined };
  const tail = { start: Math.max(header, written?.end ?? header), end: region.end };
  const { end, token } = turnEnd(chat, tail, tokens, beginning);
  if (end > start) spans.push({ start, end });
  return { spans, endToken: token };
}

/** What stands between two messages: from `start`, with a last key of the turn, to `end`. */
interface TurnPart extends TextSpan {
  readonly written: PlacedPiece | undefined;
}

/** Where the turn ends whose last characters, from the template, are `tail`. */
function turnEnd(
  chat: PlacedChat,
  tail: TextSpan,
  tokens: EndTokens,
  beginning: () => PlacedChat | undefined,
): TurnEnd {
  const found = lastSpecialToken(chat.text, tail, tokens);
  if (found !== undefined) return found;
  const next = chat.pieces.find((piece) => piece.start === tail.end);
  const token =
    next?.key === undefined ? tokenBehind(chat.text, tail.end, tokens, beginning) : undefined;
  return { end: tail.end + (token?.length ?? 0), token };
}

/**
 * A token at `at` that ends the turn: the model stops at it, or the chat up to the turn has it too.
 */
function tokenBehind(
  text: string,
  at: number,
  { stop, special }: EndTokens,
  beginning: () => PlacedChat | undefined,
): string | undefined {
  const stops = tokenAt(text, at, stop);
  if (stops !== undefined) return stops;
  const token = tokenAt(text, at, special);
  return token !== undefined && endsWith(beginning(), token) ? token : undefined;
}

/** Whether a chat that ends with the turn ends with the token too. */
function endsWith(alone: PlacedChat | undefined, token: string): boolean {
  return alone?.text.trimEnd().endsWith(token) === true;
}

/**
 * How much of what stands before another message is the assistant's: as much as the template
 * writes too where the chat ends with this turn. The turn is the same up to there; where it is not,
 * because the template changes what was said earlier, what follows the last key is.
 */
function ownEnd(
  { text }: PlacedChat,
  region: Region,
  { start, written, end }: TurnPart,
  message: number,
  tokens: EndTokens,
  alone: PlacedChat | undefined,
): number {
  const turn = alone === undefined ? undefined : regionOf(alone, message);
  const same = alone?.pieces.findLast(
    (piece) =>
      piece.message === message && piece.key === written?.key && piece.text === written?.text,
  );
  if (alone === undefined || turn === undefined)
    return lastSpecialToken(text, { start: written?.end ?? start, end }, tokens)?.end ?? start;
  const common = commonLength(
    text.slice(region.start, end),
    alone.text.slice(turn.start, turn.end),
  );
  const keys = region.pieces.filter((piece) => isContentOf(piece, message));
  const reached = keys.findLast((piece) => piece.end <= region.start + common);
  if (reached !== undefined && reached.end > start)
    return endWithin(text, { start: reached.end, end: region.start + common }, tokens);
  if (written === undefined || same === undefined) return start;
  const behind = commonLength(text.slice(written.end, end), alone.text.slice(same.end));
  return endWithin(text, { start: written.end, end: written.end + behind }, tokens);
}

function endWithin(text: string, own: TextSpan, tokens: EndTokens): number {
  return lastSpecialToken(text, own, tokens)?.end ?? own.end;
}
