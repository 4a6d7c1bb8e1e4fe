// Texts that are known up to the contents of a chat: literals, and pieces computed from those
// contents (the slots). Two pieces with the same key are the same function of the slots.

/** The contents that differ from chat to chat, in the order of the messages and their keys. */
export type Slots = readonly string[];

export interface TracedPiece {
  readonly key: string;
  readonly compute: (slots: Slots) => string;
}

/** Literals and pieces, one after the other: no empty literals and no two of them in a row. */
export type TracedText = readonly (string | TracedPiece)[];

/** Something a template asked about the contents. */
export interface Guard {
  readonly key: string;
  /** Whether the answer for these contents is the one that was traced. */
  readonly holds: (slots: Slots) => boolean;
}

/** What a template writes for every chat of a shape for which all guards hold. */
export interface Trace {
  readonly text: TracedText;
  readonly guards: readonly Guard[];
}

export function joinTexts(...texts: readonly TracedText[]): TracedText {
  const joined: (string | TracedPiece)[] = [];
  for (const piece of texts.flat()) {
    const last = joined.at(-1);
    if (piece === '') continue;
    if (typeof piece === 'string' && typeof last === 'string')
      joined[joined.length - 1] = last + piece;
    else joined.push(piece);
  }
  return joined;
}

export function keyOfText(text: TracedText): string {
  return text
    .map((piece) => (typeof piece === 'string' ? JSON.stringify(piece) : piece.key))
    .join('+');
}

export function writeText(text: TracedText, slots: Slots): string {
  let written = '';
  for (const piece of text) written += typeof piece === 'string' ? piece : piece.compute(slots);
  return written;
}

export function guardsHold(guards: readonly Guard[], slots: Slots): boolean {
  for (const guard of guards) if (!guard.holds(slots)) return false;
  return true;
}
