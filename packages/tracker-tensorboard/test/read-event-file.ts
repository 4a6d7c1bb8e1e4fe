// Reads an event file back, with code of its own: records with their checksums, and protocol
// buffers as maps from field number to values.
import { readFileSync } from 'node:fs';

/** Bit by bit, unlike the writer's table. */
export function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

const mask = (crc: number): number =>
  Number((((BigInt(crc) >> 15n) | (BigInt(crc) << 17n)) + 0xa282ead8n) & 0xffffffffn);

export type Fields = ReadonlyMap<number, readonly (number | Buffer)[]>;

export function parseMessage(bytes: Buffer): Fields {
  const fields = new Map<number, (number | Buffer)[]>();
  let at = 0;
  const varint = (): number => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = bytes[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
      shift += 7;
    }
  };
  const take = (length: number): Buffer => {
    at += length;
    if (at > bytes.length) throw new Error('a field ends after its message');
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const value = {
      0: varint,
      1: () => take(8).readDoubleLE(),
      2: () => take(varint()),
      5: () => take(4).readFloatLE(),
    }[key & 7]!();
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

/** The events of a file. Errors: a checksum that does not fit, bytes that belong to no record. */
export function readEvents(path: string): Fields[] {
  const bytes = readFileSync(path);
  const events: Fields[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    if (bytes.readUInt32LE(at + 8) !== mask(slowCrc32c(bytes.subarray(at, at + 8))))
      throw new Error(`checksum of the length at ${at}`);
    if (bytes.readUInt32LE(at + 12 + length) !== mask(slowCrc32c(data)))
      throw new Error(`checksum of the data at ${at}`);
    events.push(parseMessage(data));
    at += 16 + length;
  }
  return events;
}

export const message = (fields: Fields, number: number): Fields =>
  parseMessage(fields.get(number)![0] as Buffer);
export const text = (fields: Fields, number: number): string =>
  (fields.get(number)![0] as Buffer).toString('utf8');
