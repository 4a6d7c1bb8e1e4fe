// Ways to break bytes: some know nothing of what they break (bits, pieces, ends), some know text
// that programs trip over (numbers at the edge of a type, brackets, keys that change places).
import type { Random } from './random.js';

export type Mutation = (bytes: Buffer, random: Random) => Buffer;

const EDGES = [
  '0',
  '-1',
  '1',
  '-0',
  '2',
  '255',
  '4096',
  '65536',
  '2147483647',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '18446744073709551615',
  '1e308',
  '1e-400',
  '1e999',
  '0.5',
  '01',
  'NaN',
  'null',
  'true',
  '""',
  '[]',
  '{}',
  '"x"',
];
const TOKENS = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '\\',
  '\n',
  '\r\n',
  '\t',
  '\0',
  ' ',
  '-',
  '#',
  '&a',
  '*a',
  '<<',
  '{{',
  '}}',
  '{%',
  '%}',
  '\u2028',
  '\ufeff',
  '\ud800',
  '"__proto__":',
  '"constructor":',
  '\\u0000',
  '\\ud83d',
];
const EDGE_BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

const splice = (bytes: Buffer, start: number, end: number, inserted: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, start), inserted, bytes.subarray(end)]);

/** Start and end of a random match. */
function found(
  text: string,
  pattern: RegExp,
  random: Random,
): readonly [number, number] | undefined {
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return undefined;
  const match = random.pick(matches);
  return [match.index, match.index + match[0].length];
}

const flipBit: Mutation = (bytes, random) => {
  const result = Buffer.from(bytes);
  const at = random.below(bytes.length);
  if (bytes.length > 0) result[at] = result[at]! ^ (1 << random.below(8));
  return result;
};

const setByte: Mutation = (bytes, random) => {
  const result = Buffer.from(bytes);
  if (bytes.length > 0)
    result[random.below(bytes.length)] =
      random.below(2) === 0 ? random.pick(EDGE_BYTES) : random.below(256);
  return result;
};

const truncate: Mutation = (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1));

const removePiece: Mutation = (bytes, random) => {
  const start = random.below(bytes.length);
  return splice(
    bytes,
    start,
    Math.min(bytes.length, start + 1 + random.below(16)),
    new Uint8Array(),
  );
};

const repeatPiece: Mutation = (bytes, random) => {
  const start = random.below(bytes.length);
  const piece = bytes.subarray(start, start + 1 + random.below(64));
  const at = random.below(bytes.length + 1);
  return splice(bytes, at, at, piece);
};

const insertToken: Mutation = (bytes, random) => {
  const at = random.below(bytes.length + 1);
  return splice(bytes, at, at, Buffer.from(random.pick(TOKENS)));
};

const append: Mutation = (bytes, random) =>
  Buffer.concat([bytes, Buffer.alloc(1 + random.below(16), random.pick(EDGE_BYTES))]);

/** latin1 keeps every byte, so that a file of text and bytes survives. */
const replaceNumber: Mutation = (bytes, random) => {
  const place = found(bytes.toString('latin1'), /-?\d+(?:\.\d+)?/g, random);
  return place === undefined
    ? flipBit(bytes, random)
    : splice(bytes, ...place, Buffer.from(random.pick(EDGES)));
};

const changeDigit: Mutation = (bytes, random) => {
  const place = found(bytes.toString('latin1'), /\d/g, random);
  return place === undefined
    ? flipBit(bytes, random)
    : splice(bytes, ...place, Buffer.from(String(random.below(10))));
};

const replaceText: Mutation = (bytes, random) => {
  const place = found(bytes.toString('latin1'), /"[^"\\\n]{0,40}"/g, random);
  return place === undefined
    ? setByte(bytes, random)
    : splice(bytes, ...place, Buffer.from(random.pick(EDGES)));
};

const swapTexts: Mutation = (bytes, random) => {
  const text = bytes.toString('latin1');
  const [a, b] = [
    found(text, /"[^"\\\n]{0,40}"/g, random),
    found(text, /"[^"\\\n]{0,40}"/g, random),
  ];
  if (a === undefined || b === undefined) return setByte(bytes, random);
  const [first, second] = a[0] <= b[0] ? [a, b] : [b, a];
  if (first[1] > second[0]) return bytes;
  return Buffer.concat([
    bytes.subarray(0, first[0]),
    bytes.subarray(...second),
    bytes.subarray(first[1], second[0]),
    bytes.subarray(...first),
    bytes.subarray(second[1]),
  ]);
};

const repeatLine: Mutation = (bytes, random) => {
  const place = found(bytes.toString('latin1'), /[^\n]*\n/g, random);
  return place === undefined
    ? repeatPiece(bytes, random)
    : splice(bytes, place[0], place[0], bytes.subarray(...place));
};

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  truncate,
  removePiece,
  repeatPiece,
  insertToken,
  append,
  replaceNumber,
  changeDigit,
  replaceText,
  swapTexts,
  repeatLine,
];

/** `bytes` broken in one to four ways. */
export function mutated(bytes: Buffer, random: Random): Buffer {
  let result = bytes;
  for (let i = random.pick([1, 1, 1, 2, 2, 4]); i > 0; i--)
    result = random.pick(MUTATIONS)(result, random);
  return result;
}
