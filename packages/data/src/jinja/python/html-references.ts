// html.unescape: character references as HTML 5 reads them. Named ones are known where they belong
// to Latin-1; others are refused by name, never left in the text.
import { UnsupportedError } from '../failures/failure.js';

/** The names of U+00A0 to U+00FF, in order. */
const LATIN_1 = (
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn ' +
  'sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave ' +
  'Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ' +
  'ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN ' +
  'szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave ' +
  'iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ' +
  'ucirc uuml yacute thorn yuml'
).split(' ');

/** What names without a semicolon stand for. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ...LATIN_1.map((name, i) => [name, String.fromCharCode(0xa0 + i)] as const),
  ...(['amp', 'AMP'] as const).map((name) => [name, '&'] as const),
  ...(['lt', 'LT'] as const).map((name) => [name, '<'] as const),
  ...(['gt', 'GT'] as const).map((name) => [name, '>'] as const),
  ...(['quot', 'QUOT'] as const).map((name) => [name, '"'] as const),
  ['COPY', '\u00a9'],
  ['REG', '\u00ae'],
]);

/** What U+0080 to U+009F stand for: Windows-1252. */
const WINDOWS_1252 =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d' +
  '\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d' +
  '\u017e\u0178';

const REFERENCE = /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/g;

/** `html.unescape(text)`. */
export function unescapeHtml(text: string): string {
  return text.replace(REFERENCE, (_whole, reference: string) =>
    reference.startsWith('#') ? numbered(reference) : named(reference),
  );
}

function numbered(reference: string): string {
  const digits = reference.slice(1).replace(';', '');
  const code = /^x/i.test(digits) ? parseInt(digits.slice(1), 16) : Number(digits);
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd';
  if (code === 0x0d) return '\r';
  if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252[code - 0x80] ?? '';
  return isNoCharacter(code) ? '' : String.fromCodePoint(code);
}

function isNoCharacter(code: number): boolean {
  return (
    code <= 8 ||
    (code >= 0xe && code <= 0x1f) ||
    code === 0xb ||
    code === 0x7f ||
    (code >= 0xfdd0 && code <= 0xfdef) ||
    (code & 0xfffe) === 0xfffe
  );
}

function named(reference: string): string {
  const whole = reference.endsWith(';') ? reference.slice(0, -1) : reference;
  const exact = NAMED.get(whole) ?? (reference === 'apos;' ? "'" : undefined);
  if (exact !== undefined) return exact;
  if (reference.endsWith(';') && /^[A-Za-z][A-Za-z0-9]*$/.test(whole))
    throw new UnsupportedError(`the character reference &${reference} is not supported`);
  for (let length = reference.length - 1; length > 1; length--) {
    const prefix = NAMED.get(reference.slice(0, length));
    if (prefix !== undefined) return prefix + reference.slice(length);
  }
  return `&${reference}`;
}
