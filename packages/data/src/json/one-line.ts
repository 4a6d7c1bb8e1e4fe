// Messages of parsers quote the file they fail on, line ends and all; an error is one line.

/** `message` with control characters escaped. */
export function oneLine(message: string): string {
  return Array.from(message, (character) =>
    character < ' ' ? JSON.stringify(character).slice(1, -1) : character,
  ).join('');
}
