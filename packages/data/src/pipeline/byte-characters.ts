// GPT-2's alphabet of 256 printable characters that stand for bytes.

const CHARACTERS: readonly string[] = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(printable(byte) ? byte : next++),
  );
})();

const BYTES = new Map(CHARACTERS.map((character, byte) => [character, byte]));

/** A character of the alphabet for each byte of `text` in UTF-8. */
export const byteCharacters = (text: string): string => charactersOf(Buffer.from(text, 'utf8'));

/** The same for bytes. */
export function charactersOf(bytes: Uint8Array): string {
  let characters = '';
  for (const byte of bytes) characters += CHARACTERS[byte]!;
  return characters;
}

/** The bytes that `text` stands for; undefined if a character is not of the alphabet. */
export function bytesOf(text: string): number[] | undefined {
  const bytes: number[] = [];
  for (const character of text) {
    const byte = BYTES.get(character);
    if (byte === undefined) return undefined;
    bytes.push(byte);
  }
  return bytes;
}
