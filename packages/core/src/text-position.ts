// Where an offset of a text is, as editors count: lines and columns from 1.

/** Line and column of the character at `offset`. Lines end with \n. */
export function textPosition(text: string, offset: number): { line: number; column: number } {
  let [line, start] = [1, 0];
  for (let end = text.indexOf('\n'); end >= 0 && end < offset; end = text.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}
