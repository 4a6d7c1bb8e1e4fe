// A reader of whole GGUF files for tests, written from the format's specification and sharing
// nothing with the package.
import { readFileSync } from 'node:fs';

export interface ReadTensor {
  /** Innermost size first, as in the file. */
  readonly sizes: readonly number[];
  readonly type: number;
  readonly bytes: Buffer;
}

export interface ReadGguf {
  readonly version: number;
  readonly values: ReadonlyMap<string, unknown>;
  /** `general.alignment` is 32 where the file says nothing. */
  readonly offsets: readonly number[];
  readonly tensors: ReadonlyMap<string, ReadTensor>;
}

/** Bytes of a block and values in it, by type number: F32, F16, Q8_0, BF16. */
const BLOCKS: Readonly<Record<number, readonly [bytes: number, values: number]>> = {
  0: [4, 1],
  1: [2, 1],
  8: [34, 32],
  30: [2, 1],
};

export function readGgufFile(path: string): ReadGguf {
  const bytes = readFileSync(path);
  let at = 4;
  const u32 = (): number => bytes.readUInt32LE((at += 4) - 4);
  const u64 = (): number => Number(bytes.readBigUInt64LE((at += 8) - 8));
  const text = (): string => {
    const length = u64();
    return bytes.toString('utf8', at, (at += length));
  };
  const value = (type: number): unknown => {
    switch (type) {
      case 4:
        return u32();
      case 5:
        return bytes.readInt32LE((at += 4) - 4);
      case 6:
        return bytes.readFloatLE((at += 4) - 4);
      case 7:
        return bytes[(at += 1) - 1] === 1;
      case 8:
        return text();
      case 9: {
        const element = u32();
        return Array.from({ length: u64() }, () => value(element));
      }
      default:
        throw new Error(`value type ${type}`);
    }
  };
  if (bytes.toString('latin1', 0, 4) !== 'GGUF') throw new Error('no magic');
  const version = u32();
  const [tensorCount, keyCount] = [u64(), u64()];
  const values = new Map(
    Array.from({ length: keyCount }, (): [string, unknown] => [text(), value(u32())]),
  );
  const described = Array.from({ length: tensorCount }, () => ({
    name: text(),
    sizes: Array.from({ length: u32() }, u64),
    type: u32(),
    offset: u64(),
  }));
  const start = Math.ceil(at / 32) * 32;
  const tensors = new Map(
    described.map(({ name, sizes, type, offset }) => {
      const [blockBytes, blockValues] = BLOCKS[type]!;
      const length =
        (sizes.reduce((product, size) => product * size, 1) / blockValues) * blockBytes;
      return [
        name,
        { sizes, type, bytes: bytes.subarray(start + offset, start + offset + length) },
      ];
    }),
  );
  return { version, values, offsets: described.map(({ offset }) => offset), tensors };
}

/** f32 values of a tensor of type 0. */
export const floatsOf = ({ bytes }: ReadTensor): Float32Array =>
  new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
