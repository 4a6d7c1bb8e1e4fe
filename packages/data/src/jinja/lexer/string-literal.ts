// The text of a string literal: Python's escapes. Jinja writes what is not ASCII as escapes first
// and then decodes all of them, which shows where a backslash stands before such a character.
import { TemplateSyntaxError } from '../failures/failure.js';

const SIMPLE: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const ESCAPE = /\\(?:([0-7]{1,3})|([xuU])([0-9a-fA-F]*)|([^]))/g;

/** `body` is what stands between the quotes, `at` where. Errors: TemplateSyntaxError. */
export function unescapeString(body: string, at: number): string {
  if (!body.includes('\\')) return body;
  const encoded = body.replace(/[^\u0000-\u007f]/gu, escaped);
  return encoded.replace(
    ESCAPE,
    (whole, octal?: string, kind?: string, hex = '', other?: string) => {
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
      if (kind !== undefined) return hexCharacter(kind, hex, at);
      if (other === 'N')
        throw new TemplateSyntaxError('names of characters (\\N) are not supported', at);
      return SIMPLE[other ?? ''] ?? whole;
    },
  );
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  if (code.length <= 2) return `\\x${code.padStart(2, '0')}`;
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
}

function hexCharacter(kind: string, hex: string, at: number): string {
  const count = DIGITS[kind] ?? 0;
  if (hex.length < count)
    throw new TemplateSyntaxError(`truncated \\${kind}${'X'.repeat(count)} escape`, at);
  const code = parseInt(hex.slice(0, count), 16);
  if (code > 0x10ffff) throw new TemplateSyntaxError('illegal Unicode character', at);
  if (code >= 0xd800 && code <= 0xdfff)
    throw new TemplateSyntaxError('half a surrogate pair is not supported', at);
  return String.fromCodePoint(code) + hex.slice(count);
}
