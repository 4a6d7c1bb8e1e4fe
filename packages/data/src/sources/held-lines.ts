// Lines that make one text together: a paragraph, or a whole file. A text may have many millions of
// lines, so lines that follow each other in memory are held as one run of bytes, without an object
// for each, and become text when the last one is there.
import { isUtf8 } from 'node:buffer';
import { NEWLINE, type Line } from './lines.js';
import { decodeText } from './parse-json.js';

/** Bytes of one buffer. */
interface Run {
  readonly buffer: ArrayBufferLike;
  readonly start: number;
  end: number;
}

/** The lines of one text, in order. */
export class HeldLines {
  #runs: Run[] = [];
  #bytes = 0;
  /** Number of the first line. */
  first = 1;

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** Their bytes, with a line end behind each. */
  get bytes(): number {
    return this.#bytes;
  }

  add({ bytes, number }: Line): void {
    if (this.isEmpty) this.first = number;
    this.#append(bytes);
  }

  /** Whole lines from the first one on; the last may have no line end. */
  addBlock(block: Buffer): void {
    this.#append(block.at(-1) === NEWLINE ? block.subarray(0, -1) : block);
  }

  #append({ buffer, byteOffset, length }: Buffer): void {
    this.#bytes += length + 1;
    const last = this.#runs.at(-1);
    if (last?.buffer === buffer && last.end + 1 === byteOffset) last.end = byteOffset + length;
    else this.#runs.push({ buffer, start: byteOffset, end: byteOffset + length });
  }

  /**
   * The text, with \n between lines; nothing is held afterwards. `locate` names a line by its
   * number. Errors: `bad-data` for a line that is not UTF-8.
   */
  take(locate: (line: number) => string): string {
    const pieces = this.#runs.flatMap(({ buffer, start, end }) => [
      Buffer.from(buffer, start, end - start),
      Buffer.of(NEWLINE),
    ]);
    const bytes = Buffer.concat(pieces.slice(0, -1));
    if (!isUtf8(bytes)) this.#refuse(bytes, locate);
    [this.#runs, this.#bytes] = [[], 0];
    return decodeText(bytes, locate(this.first)).replace(/\r(?=\n|$)/g, '');
  }

  #refuse(bytes: Buffer, locate: (line: number) => string): void {
    let [start, line] = [0, this.first];
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      decodeText(bytes.subarray(start, end), locate(line++));
      start = end + 1;
    }
    decodeText(bytes.subarray(start), locate(line));
  }
}
