// The normalizers of tokenizer.json: each makes another text of a text, before words are looked
// for.
import { CHINESE, CONTROLS, MARKS, NONSPACING_MARKS, SPACES } from '../patterns/known-sets.js';
import { replaceAt, type Pattern } from '../patterns/pattern.js';
import { byteCharacters } from './byte-characters.js';
import type { Part } from './part.js';
import type { Piece } from './piece.js';
import { precompiledMap } from './precompiled-map.js';
import { unicodeForm } from './unicode-form.js';

export interface Normalizer {
  readonly apply: (text: string) => string;
  /** `Piece.leading` of the result; most make of a beginning what they make of it alone. */
  readonly leading?: ((piece: Piece) => number) | undefined;
}

const TYPES: Readonly<Record<string, (part: Part) => Normalizer>> = {
  BertNormalizer: bert,
  Strip: strip,
  StripAccents: () => removing(MARKS),
  NFC: () => ({ apply: (text) => unicodeForm(text, 'NFC') }),
  NFD: () => ({ apply: (text) => unicodeForm(text, 'NFD') }),
  NFKC: () => ({ apply: (text) => unicodeForm(text, 'NFKC') }),
  NFKD: () => ({ apply: (text) => unicodeForm(text, 'NFKD') }),
  Sequence: (part) => sequence(part.list('normalizers').map(readNormalizer)),
  Lowercase: () => ({ apply: lowercase }),
  Nmt: () => sequence(NMT),
  Precompiled: precompiled,
  Replace: (part) => replacing(part.pattern(), part.text('content')),
  Prepend: (part) => prepending(part.text('prepend')),
  ByteLevel: () => ({ apply: byteCharacters }),
};

/** Errors: `unsupported` and `bad-file` naming the part. */
export function readNormalizer(part: Part): Normalizer {
  const read = Object.hasOwn(TYPES, part.type) ? TYPES[part.type] : undefined;
  if (read === undefined) throw part.unknownType(Object.keys(TYPES));
  return read(part);
}

/** The text and what is known of its beginning. */
export function normalizePiece(normalizer: Normalizer, piece: Piece): Piece {
  const text = normalizer.apply(piece.text);
  const { leading } = piece;
  if (leading === 0) return { text, leading };
  return {
    text,
    leading: normalizer.leading?.(piece) ?? normalizer.apply(piece.text.slice(0, leading)).length,
  };
}

function sequence(all: readonly Normalizer[]): Normalizer {
  return {
    apply: (text) => all.reduce((result, normalizer) => normalizer.apply(result), text),
    leading: (piece) =>
      all.reduce((result, normalizer) => normalizePiece(normalizer, result), piece).leading,
  };
}

function removing(members: string): Normalizer {
  const expression = new RegExp(`[${members}]+`, 'gv');
  return { apply: (text) => text.replace(expression, '') };
}

function mapping(members: string, written: (character: string) => string): Normalizer {
  const expression = new RegExp(`[${members}]`, 'gv');
  return { apply: (text) => text.replace(expression, written) };
}

/** By characters: a sigma does not know that it ends a word. */
const lowercase = (text: string): string =>
  text.includes('\u03a3')
    ? Array.from(text, (character) => character.toLowerCase()).join('')
    : text.toLowerCase();

const CONTROLS_OF_NMT = '\\u{1}-\\u{8}\\u{b}\\u{e}-\\u{1f}\\u{7f}\\u{8f}\\u{9f}';
const SPACES_OF_NMT =
  '\\t\\n\\f\\r\\u{1680}\\u{200b}-\\u{200f}\\u{2028}\\u{2029}\\u{2581}\\u{feff}\\u{fffd}';
const NMT = [removing(CONTROLS_OF_NMT), mapping(SPACES_OF_NMT, () => ' ')];

function strip(part: Part): Normalizer {
  const left = part.flag('strip_left') ? new RegExp(`^[${SPACES}]+`, 'v') : /^/;
  // Only from the start of a run, so that a long one is not tried from each of its characters.
  const right = part.flag('strip_right') ? new RegExp(`(?<![${SPACES}])[${SPACES}]+$`, 'v') : /$/;
  return {
    apply: (text) => text.replace(left, '').replace(right, ''),
    leading: ({ text, leading }) => {
      const removed = text.length - text.replace(left, '').length;
      return Math.max(0, leading - removed);
    },
  };
}

function bert(part: Part): Normalizer {
  const isLower = part.flag('lowercase');
  const accents = part.value('strip_accents');
  const steps: Normalizer[] = [];
  if (part.flag('clean_text'))
    steps.push(
      removing(CONTROLS),
      mapping(SPACES, () => ' '),
    );
  if (part.flag('handle_chinese_chars')) steps.push(mapping(CHINESE, (one) => ` ${one} `));
  if (accents === undefined ? isLower : part.flag('strip_accents'))
    steps.push({ apply: (text) => unicodeForm(text, 'NFD') }, removing(NONSPACING_MARKS));
  if (isLower) steps.push({ apply: lowercase });
  return sequence(steps);
}

function replacing(pattern: Pattern, content: string): Normalizer {
  return {
    apply: (text) => replaceAt(pattern, [text], content)[0] ?? '',
    leading: ({ text, leading }) => {
      let length = 0;
      for (const { start, end, match } of pattern.stretches([text])[0] ?? []) {
        // What is put in stands where the last replaced character stood.
        if (match) length += lastCharacter(text, end) < leading ? content.length : 0;
        else length += Math.max(0, Math.min(leading, end) - start);
      }
      return length;
    },
  };
}

const lastCharacter = (text: string, end: number): number =>
  end - (end > 1 && text.codePointAt(end - 2)! > 0xffff ? 2 : 1);

const prepending = (prefix: string): Normalizer => ({
  apply: (text) => (text === '' ? '' : prefix + text),
  leading: ({ leading }) => leading + prefix.length,
});

/** Longer clusters of characters are looked up one character at a time. */
const MAX_CLUSTER_BYTES = 6;

function precompiled(part: Part): Normalizer {
  const map = precompiledMap(Buffer.from(part.text('precompiled_charsmap'), 'base64'));
  if (map === undefined) throw part.bad(`${part.path}.precompiled_charsmap is not a character map`);
  const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const written = (cluster: string): string => {
    const whole = Buffer.byteLength(cluster) < MAX_CLUSTER_BYTES ? map(cluster) : undefined;
    return whole ?? Array.from(cluster, (character) => map(character) ?? character).join('');
  };
  const apply = (text: string): string => {
    let result = '';
    for (const { segment } of clusters.segment(text)) result += written(segment);
    return result;
  };
  return {
    apply,
    // A first character that becomes nothing leaves its place to the next.
    leading: ({ text, leading }) =>
      Math.max(Math.min(1, apply(text).length), apply(text.slice(0, leading)).length),
  };
}
