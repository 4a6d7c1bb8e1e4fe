// A rendered chat as pieces with places: which message each comes from, whether a key of the
// message or the template wrote it. Everything about turns is read from here.
import type { Rendering } from '../jinja/index.js';

/** Characters of one origin. */
export interface PlacedPiece {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The message it comes from, or in whose loop turn the template wrote it. */
  readonly message: number | undefined;
  /** The path of the key; undefined for what the template wrote. */
  readonly key: string | undefined;
  /** Where the characters begin in the text of the key; undefined where they were changed. */
  readonly keyStart: number | undefined;
}

/** A rendering in places. */
export interface PlacedChat {
  readonly text: string;
  readonly pieces: readonly PlacedPiece[];
}

/** The rendering in places. Every row comes here. */
export function placed({ text, pieces }: Rendering): PlacedChat {
  const all: PlacedPiece[] = [];
  let start = 0;
  for (const piece of pieces) {
    const { origin } = piece;
    const end = start + piece.text.length;
    all.push({
      start,
      end,
      text: piece.text,
      message: origin?.source,
      key: origin?.key,
      keyStart: origin?.start,
    });
    start = end;
  }
  return { text, pieces: all };
}

/**
 * Whether a key of the message wrote the piece. Its role does not count: templates write it too.
 */
export const isContentOf = ({ message, key }: PlacedPiece, index: number): boolean =>
  message === index && key !== undefined && key !== 'role';

/** Where a turn lies, and the pieces within it. */
export interface Region {
  readonly start: number;
  readonly end: number;
  readonly pieces: readonly PlacedPiece[];
  /** False where no loop turn wrote anything for the message, so that only its keys are known. */
  readonly isLoopTurn: boolean;
}

/**
 * What the loop turn of a message wrote, from its first to its last character; where no loop turn
 * wrote anything, all from the first to the last piece of the message's keys. Undefined where the
 * chat has nothing of the message.
 */
export function regionOf({ pieces }: PlacedChat, message: number): Region | undefined {
  const turn = rangeOf(pieces, message, true);
  const range = turn ?? rangeOf(pieces, message, false);
  if (range === undefined) return undefined;
  let { first, last } = range;
  // Keys of the message may stand at the ends of its turn, and also within turns of other messages.
  while (pieces[first - 1]?.message === message) first--;
  while (pieces[last + 1]?.message === message) last++;
  const within = pieces.slice(first, last + 1);
  const start = pieces[first]?.start ?? 0;
  return { start, end: pieces[last]?.end ?? start, pieces: within, isLoopTurn: turn !== undefined };
}

/** The first and the last piece of a message, or of what its loop turn wrote. */
function rangeOf(
  pieces: readonly PlacedPiece[],
  message: number,
  isWritten: boolean,
): { readonly first: number; readonly last: number } | undefined {
  let [first, last] = [-1, -1];
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i];
    if (piece?.message !== message || (isWritten && piece.key !== undefined)) continue;
    if (first < 0) first = i;
    last = i;
  }
  return first < 0 ? undefined : { first, last };
}

/** Where the last piece of any message ends. */
export function endOfMessages({ pieces }: PlacedChat): number {
  return pieces.findLast(({ message }) => message !== undefined)?.end ?? 0;
}

/** The last piece that a key of the message wrote in its own turn. */
export function lastOfKeys(turn: Region | undefined, message: number): PlacedPiece | undefined {
  return turn?.pieces.findLast((piece) => piece.message === message && piece.key !== undefined);
}
