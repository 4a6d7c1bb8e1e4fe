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

const NEWLINE = 0x0a;

/**
 * All lines of `stream` without their \n; what follows the last \n is a line where it is not empty.
 * `firstLine`: the number of its first line in the file. Errors: those of the stream; `bad-data`
 * for a line beyond `MAX_VALUE_BYTES`.
 */
export async function* linesOf(stream: ByteStream, firstLine = 1): AsyncGenerator<readonly Line[]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let number = 0;
  for await (const chunk of stream.chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      if (restBytes + end - start > MAX_VALUE_BYTES) break;
      const bytes =
        rest.length === 0
          ? chunk.subarray(start, end)
          : Buffer.concat([...rest, chunk.subarray(start, end)]);
      rest = [];
      restBytes = 0;
      lines.push({ bytes, number: ++number });
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
    restBytes += chunk.length - start;
    if (lines.length > 0) yield lines;
    if (restBytes > MAX_VALUE_BYTES) throw tooLong(`${stream.path}:${firstLine + number}`);
  }
  if (rest.length > 0) yield [{ bytes: Buffer.concat(rest), number: number + 1 }];
}

const tooLong = (location: string): AutomodelError =>
  new AutomodelError('bad-data', `this line is longer than ${MAX_VALUE}`, {
    location,
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
