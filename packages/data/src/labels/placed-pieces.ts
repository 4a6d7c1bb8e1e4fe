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

export function placed({ text, pieces }: Rendering): PlacedChat {
  let start = 0;
  return {
    text,
    pieces: pieces.map((piece) => {
      const { source, key, start: keyStart } = piece.origin ?? {};
      const place = { start, end: start + piece.text.length };
      start = place.end;
      return { ...place, text: piece.text, message: source, key, keyStart };
    }),
  };
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
  const isOf = (piece: PlacedPiece | undefined): boolean => piece?.message === message;
  const isWritten = (piece: PlacedPiece): boolean => isOf(piece) && piece.key === undefined;
  const isLoopTurn = pieces.some(isWritten);
  let first = pieces.findIndex(isLoopTurn ? isWritten : isOf);
  if (first < 0) return undefined;
  let last = pieces.findLastIndex(isLoopTurn ? isWritten : isOf);
  // Keys of the message may stand at the ends of its turn, and also within turns of other messages.
  while (isOf(pieces[first - 1])) first--;
  while (isOf(pieces[last + 1])) last++;
  const within = pieces.slice(first, last + 1);
  return {
    start: within[0]?.start ?? 0,
    end: within.at(-1)?.end ?? 0,
    pieces: within,
    isLoopTurn,
  };
}

/** Where the last piece ends that a key of the message wrote in its own turn. */
export function endOfKeys(chat: PlacedChat, message: number): number | undefined {
  return regionOf(chat, message)?.pieces.findLast(
    (piece) => piece.message === message && piece.key !== undefined,
  )?.end;
}
