// Words of a byte-level BPE: those of its regular expression, which the library has translated.
import type { Tokenizer as TokenizerModel } from '@huggingface/tokenizers';
import { isObject, type JsonObject } from '../json/json-object.js';
import type { Words } from './words.js';

/** GPT-2's alphabet: a printable character for each byte. */
const BYTE_CHARACTERS: readonly string[] = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(printable(byte) ? byte : next++),
  );
})();

/** A word with GPT-2's characters for its bytes. */
export function byteLevel(word: string): string {
  let text = '';
  for (const byte of Buffer.from(word, 'utf8')) text += BYTE_CHARACTERS[byte]!;
  return text;
}

/** Undefined for tokenizers of another kind. */
export function byteLevelWords(library: TokenizerModel, definition: JsonObject): Words | undefined {
  const normalizer = definition['normalizer'];
  const composes = isObject(normalizer) && normalizer['type'] === 'NFC';
  if (normalizer !== null && normalizer !== undefined && !composes) return undefined;
  const pattern = patternOf(library, definition['pre_tokenizer']);
  if (pattern === undefined) return undefined;
  const wordsOf = (section: string): readonly string[] => {
    const text = composes ? section.normalize('NFC') : section;
    const found: readonly string[] = text.match(pattern) ?? [];
    let length = 0;
    for (const word of found) length += word.length;
    return length === text.length && !found.includes('') ? found : withGaps(text, pattern);
  };
  return { of: wordsOf, byteLevel: true };
}

/** The matches of a pattern and what lies between them. */
function withGaps(text: string, pattern: RegExp): readonly string[] {
  const words: string[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) words.push(text.slice(end, match.index));
    if (match[0] !== '') words.push(match[0]);
    end = match.index + match[0].length;
  }
  if (end < text.length) words.push(text.slice(end));
  return words;
}

function patternOf(library: TokenizerModel, written: unknown): RegExp | undefined {
  const { pre_tokenizer: own } = library as unknown as {
    readonly pre_tokenizer: {
      readonly pattern?: unknown;
      readonly tokenizers?: readonly { readonly pattern?: unknown }[];
    } | null;
  };
  const parts =
    isObject(written) && written['type'] === 'Sequence' && Array.isArray(written['pretokenizers'])
      ? (written['pretokenizers'] as readonly JsonObject[])
      : [];
  const [split, bytes] = parts;
  const isPlain = (part: JsonObject | undefined, regex: boolean): boolean =>
    part?.['type'] === 'ByteLevel' &&
    part['add_prefix_space'] !== true &&
    (part['use_regex'] ?? true) === regex;
  const splitsFirst =
    parts.length === 2 &&
    split?.['type'] === 'Split' &&
    split['behavior'] === 'Isolated' &&
    split['invert'] !== true &&
    isPlain(bytes, false);
  const itself = isObject(written) && isPlain(written, true) ? own?.pattern : undefined;
  const found = splitsFirst ? own?.tokenizers?.[0]?.pattern : itself;
  return found instanceof RegExp && found.global ? found : undefined;
}
