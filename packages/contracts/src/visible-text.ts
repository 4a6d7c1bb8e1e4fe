// Text from files as a person may see it: characters that terminals obey, or that turn around the
// order of what follows, are written out. Rows, names and messages pass through here where they
// are shown, and only there.

/** C0 without tab and line end, DEL, C1; embeddings, overrides and isolates of direction. */
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

const hexadecimal = (character: string, digits: number): string =>
  character.charCodeAt(0).toString(16).padStart(digits, '0');

/** `text` with control characters as `\x1b` and directions as `U+202E`. */
export const visibleText = (text: string): string =>
  text.replace(OBEYED, (character) =>
    character <= '\u009f'
      ? `\\x${hexadecimal(character, 2)}`
      : `U+${hexadecimal(character, 4).toUpperCase()}`,
  );
