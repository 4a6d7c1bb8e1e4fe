// Lines of a byte stream. They end with \n only: U+2028 and U+2029 are ordinary characters of JSON
// texts. Lines come in groups, so that a line costs no turn of the event loop.
import { AutomodelError } from '@automodel/core';
import type { ByteStream } from './byte-stream.js';
import { MAX_VALUE, MAX_VALUE_BYTES } from './size-limits.js';

export interface Line {
  readonly bytes: Buffer;
  /** From 1 at the start of the stream. */
  readonly number: number;
}

export const NEWLINE = 0x0a;

/**
 * The bytes of `stream` in blocks of whole lines with their \n; the last block may end without one.
 * For readers that need no object per line: a file may have one for every other byte. `nextLine`:
 * the number in the file of the line behind the blocks that were taken. Errors: those of the
 * stream; `bad-data` for a line that is beyond `MAX_VALUE_BYTES` and goes on.
 */
export async function* blocksOf(
  stream: ByteStream,
  nextLine: () => number,
): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of stream.chunks) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      yield Buffer.concat([...rest, chunk.subarray(0, end)]);
      rest = [];
      restBytes = 0;
    }
    if (end < chunk.length) rest.push(chunk.subarray(end));
    restBytes += chunk.length - end;
    if (restBytes > MAX_VALUE_BYTES) throw tooLong(stream, nextLine());
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

/**
 * All lines of `stream` without their \n; what follows the last \n is a line where it is not empty.
 * `firstLine`: the number of its first line in the file. Errors: those of the stream; `bad-data`
 * for a line beyond `MAX_VALUE_BYTES`.
 */
export async function* linesOf(stream: ByteStream, firstLine = 1): AsyncGenerator<readonly Line[]> {
  let next = firstLine;
  for await (const block of blocksOf(stream, () => next)) {
    const lines = linesIn(block, next - firstLine + 1);
    const long = lines.findIndex(({ bytes }) => bytes.length > MAX_VALUE_BYTES);
    yield long < 0 ? lines : lines.slice(0, long);
    if (long >= 0) throw tooLong(stream, next + long);
    next += lines.length;
  }
}

/** The lines of a block; `first`: number of the first one. */
export function linesIn(block: Buffer, first: number): readonly Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (let end = block.indexOf(NEWLINE); end >= 0; end = block.indexOf(NEWLINE, start)) {
    lines.push({ bytes: block.subarray(start, end), number: first + lines.length });
    start = end + 1;
  }
  if (start < block.length)
    lines.push({ bytes: block.subarray(start), number: first + lines.length });
  return lines;
}

const tooLong = ({ path }: ByteStream, line: number): AutomodelError =>
  new AutomodelError('bad-data', `this line is longer than ${MAX_VALUE}`, {
    location: `${path}:${line}`,
    hint: 'end each row with a line end, or split the row',
  });

/** True for a line of white space, with or without a byte order mark. */
export function isBlank(bytes: Uint8Array): boolean {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) return false;
  }
  return true;
}
