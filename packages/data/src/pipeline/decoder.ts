// The decoders of tokenizer.json: the tokens of a text become the text.
import { replaceAt, type Pattern } from '../patterns/pattern.js';
import { bytesOf } from './byte-characters.js';
import { cleanToken } from './clean-up.js';
import type { Part } from './part.js';
import { prependScheme } from './pre-tokenizer.js';

export type Decoder = (tokens: readonly string[]) => readonly string[];

const TYPES: Readonly<Record<string, (part: Part) => Decoder>> = {
  BPEDecoder: (part) => withoutSuffix(part.text('suffix')),
  ByteLevel: () => byteLevel,
  WordPiece: (part) => wordPiece(part.text('prefix'), part.flag('cleanup')),
  Metaspace: (part) => metaspace(part.character('replacement'), prependScheme(part) !== 'never'),
  CTC: ctc,
  Sequence: (part) => {
    const all = part.list('decoders').map(readDecoder);
    return (tokens) => all.reduce((result, decoder) => decoder(result), tokens);
  },
  Replace: (part) => replacing(part.pattern(), part.text('content')),
  Fuse: () => (tokens) => [tokens.join('')],
  Strip: (part) => stripping(part.character('content'), part.count('start'), part.count('stop')),
  ByteFallback: () => byteFallback,
};

/** Errors: `unsupported` and `bad-file` naming the part. */
export function readDecoder(part: Part): Decoder {
  const read = Object.hasOwn(TYPES, part.type) ? TYPES[part.type] : undefined;
  if (read === undefined) throw part.unknownType(Object.keys(TYPES));
  return read(part);
}

/** Without a decoder, tokens stand apart. */
export const joinWithSpaces: Decoder = (tokens) => [tokens.join(' ')];

const withoutSuffix =
  (suffix: string): Decoder =>
  (tokens) =>
    tokens.map((token, i) => token.replaceAll(suffix, i === tokens.length - 1 ? '' : ' '));

/** Tokens with other characters than those for bytes stand for themselves. */
const byteLevel: Decoder = (tokens) => [
  Buffer.concat(
    tokens.map((token) => {
      const bytes = bytesOf(token);
      return bytes === undefined ? Buffer.from(token, 'utf8') : Buffer.from(bytes);
    }),
  ).toString('utf8'),
];

const wordPiece =
  (prefix: string, cleanup: boolean): Decoder =>
  (tokens) =>
    tokens.map((token, i) => {
      const continued = token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
      const text = i === 0 ? token : continued;
      return cleanup ? cleanToken(text) : text;
    });

const metaspace =
  (mark: string, isPrepended: boolean): Decoder =>
  (tokens) =>
    tokens.map((token, i) => token.replaceAll(mark, i === 0 && isPrepended ? '' : ' '));

function ctc(part: Part): Decoder {
  const [pad, delimiter] = [part.text('pad_token'), part.text('word_delimiter_token')];
  const cleanup = part.flag('cleanup');
  return (tokens) =>
    tokens
      .filter((token, i) => i === 0 || token !== tokens[i - 1])
      .map((token) => token.replaceAll(pad, ''))
      .map((token) => (cleanup ? cleanToken(token).replaceAll(delimiter, ' ') : token))
      .filter((token) => token !== '');
}

const replacing =
  (pattern: Pattern, content: string): Decoder =>
  (tokens) =>
    replaceAt(pattern, tokens, content);

const stripping =
  (content: string, start: number, stop: number): Decoder =>
  (tokens) =>
    tokens.map((token) => {
      const characters = Array.from(token);
      let from = 0;
      while (from < Math.min(start, characters.length) && characters[from] === content) from++;
      let to = characters.length;
      while (characters.length - to < stop && characters[to - 1] === content) to--;
      return characters.slice(from, to).join('');
    });

const BYTE = /^<0x([0-9A-Fa-f]{2})>$/;
const REPLACEMENT = '\ufffd';

/** Tokens for bytes become characters; where they are none, each becomes U+FFFD. */
const byteFallback: Decoder = (tokens) => {
  const texts: string[] = [];
  let bytes: number[] = [];
  const flush = (): void => {
    const text = Buffer.from(bytes).toString('utf8');
    const isText = Buffer.from(text, 'utf8').equals(Buffer.from(bytes));
    if (isText) texts.push(text);
    else texts.push(...bytes.map(() => REPLACEMENT));
    bytes = [];
  };
  for (const token of tokens) {
    const byte = BYTE.exec(token)?.[1];
    if (byte !== undefined) {
      bytes.push(Number.parseInt(byte, 16));
      continue;
    }
    if (bytes.length > 0) flush();
    texts.push(token);
  }
  if (bytes.length > 0) flush();
  return texts;
};
