// Which lines of a CSV file belong to one record, by their quotes alone: a record that never ends
// is refused as soon as it is too long, before its parser has looked at each of its characters.
import type { Line } from './lines.js';

const QUOTE = 0x22;

/** Follows the lines of a CSV file. */
export class CsvRecords {
  /** Line where the record begins that the last line belongs to. */
  begin = 1;
  /** Bytes of that record so far, its lines' ends included. */
  bytes = 0;
  /** Whether it goes on in the next line. */
  isOpen = false;

  add({ bytes, number }: Line): void {
    if (!this.isOpen) [this.begin, this.bytes] = [number, 0];
    this.bytes += bytes.length + 1;
    // In valid CSV, quotes come in pairs in every record: around values, and doubled within.
    for (let at = bytes.indexOf(QUOTE); at >= 0; at = bytes.indexOf(QUOTE, at + 1))
      this.isOpen = !this.isOpen;
  }
}
