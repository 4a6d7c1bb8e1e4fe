// The fast way from text to ids, with exactly the ids of @huggingface/tokenizers. Three facts make
// it exact, and it steps aside (undefined) wherever one is not certain:
// added tokens split a text into sections that are encoded alone; the pre-tokenizer's words (or, in
// SentencePiece vocabularies, runs that begin with the space mark where no piece can cross it) are
// encoded alone; the same word always gives the same ids. So ids of words are remembered, and only
// new words go through the library.
import type { Tokenizer as TokenizerModel } from '@huggingface/tokenizers';
import { isObject, type JsonObject } from '../json/json-object.js';

/** Part of a text between added tokens, or one of them. */
export interface EncodedSection {
  /** Characters of the text. */
  readonly start: number;
  readonly end: number;
  readonly ids: readonly number[];
  /** The whole section is an added token. */
  readonly added: boolean;
}

/** The parts of the library's tokenizer that are used; checked when the encoder is made. */
interface Model {
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly vocab: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
  readonly unk_token_id?: number | undefined;
  (tokens: readonly string[]): readonly string[];
}

interface AddedTokenFacts {
  readonly id: number;
  readonly content: string;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly single_word?: boolean | undefined;
  readonly normalized: boolean;
}

/**
 * How sections become words, and whether the bytes of words are yet to be written as characters.
 */
interface Words {
  readonly of: (section: string) => readonly string[] | undefined;
  readonly byteLevel: boolean;
}

const MOST_WORDS = 1 << 18;
const MOST_WORD_LENGTH = 64;
const MARK = '\u2581';

/** The ids of a whole text. */
export function idsOf(sections: readonly EncodedSection[]): number[] {
  const all: number[] = [];
  for (const { ids } of sections) for (const id of ids) all.push(id);
  return all;
}

/** Undefined for tokenizers to which the facts do not apply. */
export function sectionEncoder(
  library: TokenizerModel,
  definition: JsonObject,
  config: JsonObject,
): SectionEncoder | undefined {
  const model = isObject(definition['model']) ? definition['model'] : {};
  const tokens = definition['added_tokens'];
  if (
    model['type'] !== 'BPE' ||
    !Array.isArray(tokens) ||
    config['remove_space'] === true ||
    config['do_lowercase_and_remove_accent'] === true
  )
    return undefined;
  for (const key of ['end_of_word_suffix', 'continuing_subword_suffix'] as const)
    if (typeof model[key] === 'string' && model[key] !== '') return undefined;
  const added = tokens as readonly AddedTokenFacts[];
  const normalizes = definition['normalizer'] !== null && definition['normalizer'] !== undefined;
  if (
    added.some(
      ({ content, lstrip, rstrip, single_word: alone, normalized }) =>
        content === '' || lstrip || rstrip || alone === true || (normalized && normalizes),
    )
  )
    return undefined;
  const words = byteLevelWords(library, definition) ?? markedWords(library, definition, added);
  return words === undefined ? undefined : new SectionEncoder(library, added, words);
}

export class SectionEncoder {
  readonly #model: Model;
  readonly #addedIds: ReadonlyMap<string, number>;
  readonly #splitter: RegExp | undefined;
  readonly #words: Words;
  #known = new Map<string, readonly number[]>();

  constructor(library: TokenizerModel, added: readonly AddedTokenFacts[], words: Words) {
    this.#model = library.model as unknown as Model;
    this.#addedIds = new Map(added.map(({ content, id }) => [content, id]));
    // Longest first: the library takes the longest token that begins at the first place where one
    // does.
    const contents = [...this.#addedIds.keys()].sort((a, b) => b.length - a.length);
    this.#splitter =
      contents.length === 0
        ? undefined
        : new RegExp(
            contents.map((content) => content.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'),
            'g',
          );
    this.#words = words;
  }

  /**
   * The sections of `text`, without special tokens around them; undefined where only the library
   * knows.
   */
  encode(text: string): EncodedSection[] | undefined {
    const sections: EncodedSection[] = [];
    let start = 0;
    if (this.#splitter !== undefined) {
      for (const match of text.matchAll(this.#splitter)) {
        if (match.index > start && !this.#encodeSection(text, start, match.index, sections))
          return undefined;
        const [content] = match;
        start = match.index + content.length;
        sections.push({
          start: match.index,
          end: start,
          ids: [this.#addedIds.get(content)!],
          added: true,
        });
      }
    }
    return start < text.length && !this.#encodeSection(text, start, text.length, sections)
      ? undefined
      : sections;
  }

  #encodeSection(text: string, start: number, end: number, sections: EncodedSection[]): boolean {
    const words = this.#words.of(
      start === 0 && end === text.length ? text : text.slice(start, end),
    );
    if (words === undefined) return false;
    const ids: number[] = [];
    for (const word of words) {
      const known = this.#known.get(word) ?? this.#learn(word);
      if (known === undefined) return false;
      for (const id of known) ids.push(id);
    }
    sections.push({ start, end, ids, added: false });
    return true;
  }

  #learn(word: string): readonly number[] | undefined {
    const pieces = this.#model([this.#words.byteLevel ? byteLevel(word) : word]);
    const ids: number[] = [];
    for (const piece of pieces) {
      const id = this.#model.tokens_to_ids.get(piece);
      // Unknown pieces may be fused with their neighbours.
      if (id === undefined || id === this.#model.unk_token_id) return undefined;
      // A piece of text that spells an added token gets that token's id from the library:
      // SentencePiece bytes may be added tokens.
      ids.push(this.#addedIds.get(piece) ?? id);
    }
    if (word.length > MOST_WORD_LENGTH) return ids;
    if (this.#known.size >= MOST_WORDS) this.#known = new Map();
    // A copy: a slice would keep the whole text in memory.
    this.#known.set(Array.from(word).join(''), ids);
    return ids;
  }
}

/** GPT-2's alphabet: a printable character for each byte. */
const BYTE_CHARACTERS: readonly string[] = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(printable(byte) ? byte : next++),
  );
})();

function byteLevel(word: string): string {
  let text = '';
  for (const byte of Buffer.from(word, 'utf8')) text += BYTE_CHARACTERS[byte]!;
  return text;
}

/** Words of a byte-level BPE: those of its regular expression, which the library has translated. */
function byteLevelWords(library: TokenizerModel, definition: JsonObject): Words | undefined {
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
  const found =
    parts.length === 2 &&
    split?.['type'] === 'Split' &&
    split['behavior'] === 'Isolated' &&
    split['invert'] !== true &&
    isPlain(bytes, false)
      ? own?.tokenizers?.[0]?.pattern
      : isObject(written) && isPlain(written, true)
        ? own?.pattern
        : undefined;
  return found instanceof RegExp && found.global ? found : undefined;
}

/**
 * Words of a SentencePiece BPE without a pre-tokenizer: they begin with the mark of a space, unless
 * the vocabulary has a piece with the mark between its neighbours.
 */
function markedWords(
  library: TokenizerModel,
  definition: JsonObject,
  added: readonly AddedTokenFacts[],
): Words | undefined {
  const normalizer = (
    library as unknown as { readonly normalizer: ((text: string) => string) | null }
  ).normalizer;
  const { vocab, merges } = library.model as unknown as Partial<Model>;
  if (
    normalizer === null ||
    vocab === undefined ||
    merges === undefined ||
    !marksSpaces(definition)
  )
    return undefined;
  const crossings = markCrossings(merges);
  const contents = new Set(added.map(({ content }) => content));
  const wordsOf = (section: string): readonly string[] | undefined => {
    const text = normalizer(section);
    // A section that only now spells an added token is that token to the library.
    if (contents.has(text)) return undefined;
    if (crossings.size === 0) return text.match(/\u2581+[^\u2581]*|[^\u2581]+/g) ?? [];
    const words: string[] = [];
    for (const [run] of text.matchAll(/\u2581+[^\u2581]*|[^\u2581]+/g)) {
      const last = words.at(-1)?.at(-1);
      if (
        last !== undefined &&
        (crossings.has(last + MARK) || crossings.has(last + run.slice(0, 2)))
      )
        words[words.length - 1] += run;
      else words.push(run);
    }
    return words;
  };
  return { of: wordsOf, byteLevel: false };
}

/**
 * Where pieces that merging can make have the mark after another character: that character, the
 * mark and what follows it in the piece. Merging never reaches over any other mark.
 */
function markCrossings(merges: Model['merges']): ReadonlySet<string> {
  const crossings = new Set<string>();
  for (const [left, right] of merges) {
    const piece = left + right;
    for (const { 0: found, index } of piece.matchAll(/[^\u2581]\u2581/g))
      crossings.add(piece.slice(index, index + found.length + 1));
  }
  return crossings;
}

/**
 * The normaliser writes spaces as marks, and the pre-tokenizer, if there is one, splits at spaces,
 * of which there are none then.
 */
function marksSpaces(definition: JsonObject): boolean {
  const normalizer = isObject(definition['normalizer']) ? definition['normalizer'] : {};
  const steps =
    normalizer['type'] === 'Sequence' && Array.isArray(normalizer['normalizers'])
      ? (normalizer['normalizers'] as readonly JsonObject[])
      : [normalizer];
  const replaces = steps.some(
    (step) =>
      step['type'] === 'Replace' &&
      isObject(step['pattern']) &&
      step['pattern']['String'] === ' ' &&
      step['content'] === MARK,
  );
  const rest = steps.every((step) => step['type'] === 'Replace' || step['type'] === 'Prepend');
  const split = definition['pre_tokenizer'];
  const atSpaces =
    split === null ||
    split === undefined ||
    (isObject(split) &&
      split['type'] === 'Split' &&
      isObject(split['pattern']) &&
      split['pattern']['String'] === ' ');
  return replaces && rest && atSpaces;
}
