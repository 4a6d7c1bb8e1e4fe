// Where the records of a CSV file begin, by its quotes alone: a record that never ends is known as
// soon as it is too long, before its parser has looked at each of its characters. Bytes are looked
// at once, without an object per line, of which a record may have many millions.
import { NEWLINE } from './lines.js';

const QUOTE = 0x22;

/** Follows the bytes of a CSV file. */
export class CsvRecords {
  /** The line that follows. */
  line = 1;
  /** Line where the record begins that goes on, or is too long; else `line`. */
  begin = 1;
  /** Bytes of that record so far, its lines' ends included. */
  bytes = 0;
  /** Whether a quote is open at the end of the bytes that were read. */
  isOpen = false;

  /** Whether a record of `block`, or what has come of one, is longer than `limit` bytes. */
  exceeds(block: Uint8Array, limit: number): boolean {
    let { line, isOpen } = this;
    let start = -this.bytes; // of the record, from the beginning of the block
    for (let at = 0; at < block.length; at++) {
      const byte = block[at]!;
      if (byte > QUOTE) continue;
      // In valid CSV, quotes come in pairs in every record: around values, and doubled within.
      if (byte === QUOTE) isOpen = !isOpen;
      if (byte !== NEWLINE) continue;
      line++;
      if (isOpen) continue;
      if (at + 1 - start > limit) return true;
      start = at + 1;
      this.begin = line;
    }
    this.line = line;
    this.isOpen = isOpen;
    this.bytes = block.length - start;
    return this.bytes > limit;
  }
}
