// Parsers quote the text they fail on, line ends included; an error has to be one line.

/** `message` with control characters escaped. */
export function oneLine(message: string): string {
  return Array.from(message, (character) =>
    character < ' ' ? JSON.stringify(character).slice(1, -1) : character,
  ).join('');
}
