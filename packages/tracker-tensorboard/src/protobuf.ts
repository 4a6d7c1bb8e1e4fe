// Writes fields of protocol buffers (https://protobuf.dev/programming-guides/encoding): each gives
// its bytes, and a message is their concatenation.

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const tag = (field: number, wireType: number): Buffer => varint(field * 8 + wireType);

/** A non-negative whole number. */
export const integerField = (field: number, value: number): Buffer =>
  Buffer.concat([tag(field, VARINT), varint(value)]);

export const floatField = (field: number, value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(field, FIXED32), bytes]);
};

export const doubleField = (field: number, value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, FIXED64), bytes]);
};

/** Bytes, a text, or a message. */
export const bytesField = (field: number, value: Uint8Array | string): Buffer => {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([tag(field, LENGTH), varint(bytes.length), bytes]);
};

export const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields);
