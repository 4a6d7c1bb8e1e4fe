/**
 * Trains a byte-level BPE vocabulary (Sennrich et al. 2016, over bytes as in GPT-2) and writes it
 * as a Hugging Face
 * `tokenizer.json`. Ties are broken by the order of the pair's text, so the same corpus gives the
 * same file.
 */

/**
 * Pieces that merges never cross: a run of letters, one digit, a run of punctuation, a run of white
 * space. Unlike GPT-2's pattern a word never carries its leading space, so a word in a sentence and
 * the same word in a JSON string are the same tokens.
 */
export const piecePattern = '\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+|\\s+';

/**
 * The pattern in the file: Qwen 2's, which other tools know by name (a GGUF file can hold no
 * other). Its pieces are unions of those above, which no merge crosses, so texts become the same
 * tokens; only letters after 's, 't, 're, 've, 'm, 'll or 'd begin a piece of their own.
 */
const writtenPattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| " +
  '?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/**
 * GPT-2's printable stand-ins for the 256 bytes: printable Latin-1 for itself, the others from
 * U+0100 on.
 */
export function byteAlphabet(): string[] {
  const isPrintable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(isPrintable(byte) ? byte : next++),
  );
}

interface Piece {
  symbols: string[];
  readonly count: number;
}

function countPieces(texts: Iterable<string>): Piece[] {
  const alphabet = byteAlphabet();
  const pattern = new RegExp(piecePattern, 'gu');
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const [piece] of text.matchAll(pattern)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  return [...counts].map(([piece, count]) => ({
    symbols: [...Buffer.from(piece, 'utf8')].map((byte) => alphabet[byte] as string),
    count,
  }));
}

function mostFrequentPair(pieces: readonly Piece[]): [string, string] | undefined {
  const counts = new Map<string, number>();
  for (const { symbols, count } of pieces) {
    for (let i = 1; i < symbols.length; i += 1) {
      const pair = `${symbols[i - 1] as string} ${symbols[i] as string}`;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  }
  let best: string | undefined;
  let bestCount = 1;
  for (const [pair, count] of counts) {
    if (count > bestCount || (count === bestCount && best !== undefined && pair < best))
      [best, bestCount] = [pair, count];
  }
  return best?.split(' ') as [string, string] | undefined;
}

function applyMerge(pieces: readonly Piece[], [left, right]: readonly [string, string]): void {
  for (const piece of pieces) {
    const { symbols } = piece;
    if (!symbols.includes(left)) continue;
    const merged: string[] = [];
    for (let i = 0; i < symbols.length; i += 1) {
      if (symbols[i] === left && symbols[i + 1] === right) {
        merged.push(left + right);
        i += 1;
      } else {
        merged.push(symbols[i] as string);
      }
    }
    piece.symbols = merged;
  }
}

/**
 * The merges of a vocabulary of `vocabularySize` entries, special tokens and bytes included; fewer
 * when no pair occurs twice.
 */
export function trainMerges(
  texts: Iterable<string>,
  vocabularySize: number,
  specialTokens: readonly string[],
): [string, string][] {
  const pieces = countPieces(texts);
  const merges: [string, string][] = [];
  while (specialTokens.length + 256 + merges.length < vocabularySize) {
    const pair = mostFrequentPair(pieces);
    if (pair === undefined) break;
    merges.push(pair);
    applyMerge(pieces, pair);
  }
  return merges;
}

/**
 * The contents of `tokenizer.json`: ids are the special tokens, then the bytes, then the merges in
 * their order.
 */
export function tokenizerJson(
  merges: readonly (readonly [string, string])[],
  specialTokens: readonly string[],
): object {
  const tokens = [
    ...specialTokens,
    ...byteAlphabet(),
    ...merges.map(([left, right]) => left + right),
  ];
  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: false,
  };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: writtenPattern }, behavior: 'Isolated', invert: false },
        byteLevel,
      ],
    },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}
