// repr() of a text: quotes as Python chooses them, escapes for what does not print.

const UNPRINTABLE = /[\p{C}\p{Z}]/u;
const PLAIN = /^[ !#-&(-\[\]-~]*$/;
const SHORT: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
};

/** `repr(text)`. */
export function quote(text: string): string {
  if (PLAIN.test(text)) return `'${text}'`;
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  let quoted = mark;
  for (const character of text) quoted += character === mark ? `\\${mark}` : escaped(character);
  return quoted + mark;
}

function escaped(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  if (character === ' ' || !UNPRINTABLE.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}

/** Whether `str.isprintable` holds. */
export function isPrintable(text: string): boolean {
  for (const character of text) if (character !== ' ' && UNPRINTABLE.test(character)) return false;
  return true;
}

/** `ascii(text)`. */
export function quoteAscii(text: string): string {
  return escapeAscii(quote(text));
}

/** What `ascii()` makes of a repr. */
export function escapeAscii(text: string): string {
  return text.replace(/[^\u0000-\u007f]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code <= 0xff) return `\\x${code.toString(16)}`;
    return code <= 0xffff
      ? `\\u${code.toString(16).padStart(4, '0')}`
      : `\\U${code.toString(16).padStart(8, '0')}`;
  });
}
