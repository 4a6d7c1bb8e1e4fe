// Reads one message of Google's protocol buffers: its fields by number, as often as they occur.
// Numbers, bytes and 32-bit floats are all that SentencePiece's models have.

/** A field's value: a whole number, or the bytes of a text, message or float. */
export type FieldValue = number | Buffer;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Undefined for bytes that are no message. */
export function protobufFields(bytes: Buffer): ReadonlyMap<number, FieldValue[]> | undefined {
  const fields = new Map<number, FieldValue[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++] ?? NaN;
      value += (byte & 127) * factor;
      if (!(byte >= 128)) return Number.isNaN(byte) ? NaN : value;
    }
  };
  const take = (length: number): Buffer | undefined => {
    if (!(length >= 0) || at + length > bytes.length) return undefined;
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const sizes: Readonly<Record<number, () => number>> = {
      [FIXED64]: () => 8,
      [BYTES]: varint,
      [FIXED32]: () => 4,
    };
    const size = sizes[tag % 8];
    if (size === undefined && tag % 8 !== VARINT) return undefined;
    const value = size === undefined ? varint() : take(size());
    const number = Math.floor(tag / 8);
    if (value === undefined || Number.isNaN(value) || !(number > 0)) return undefined;
    const values = fields.get(number);
    if (values === undefined) fields.set(number, [value]);
    else values.push(value);
  }
  return fields;
}
