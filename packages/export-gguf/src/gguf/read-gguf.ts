// Reads back the head of a GGUF file: key/values and where each tensor lies. It shares nothing with
// the writer but the table of types, so that a file can be checked after writing.
import { open } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import { TYPE_NUMBERS, typeBytes, type TensorType } from './tensor-type.js';

/** A tensor of a file, without its values. */
export interface StoredGgufTensor {
  readonly name: string;
  /** Row-major. */
  readonly shape: readonly number[];
  readonly type: TensorType;
  /** From the start of the file. */
  readonly offset: number;
  readonly length: number;
}

/** A single value of the key/value part. */
export type GgufScalar = number | boolean | string;

/** The head of a file. */
export interface GgufFile {
  readonly metadata: ReadonlyMap<string, GgufScalar | readonly GgufScalar[]>;
  readonly tensors: ReadonlyMap<string, StoredGgufTensor>;
}

const PIECE = 1 << 20;

/** The bytes of a file from its start, read as far as needed. */
class HeadReader {
  #bytes = Buffer.alloc(0);
  #position = 0;
  readonly #read: (offset: number, length: number) => Promise<Buffer>;
  readonly #path: string;

  constructor(path: string, read: (offset: number, length: number) => Promise<Buffer>) {
    this.#path = path;
    this.#read = read;
  }

  get position(): number {
    return this.#position;
  }

  bad(message: string): AutomodelError {
    return new AutomodelError('bad-file', message, { location: this.#path });
  }

  async take(length: number): Promise<Buffer> {
    while (this.#bytes.length < this.#position + length) {
      const more = await this.#read(this.#bytes.length, Math.max(PIECE, length));
      if (more.length === 0) throw this.bad('the file ends inside its head');
      this.#bytes = Buffer.concat([this.#bytes, more]);
    }
    this.#position += length;
    return this.#bytes.subarray(this.#position - length, this.#position);
  }

  u32 = async (): Promise<number> => (await this.take(4)).readUInt32LE();
  u64 = async (): Promise<number> => Number((await this.take(8)).readBigUInt64LE());
  text = async (): Promise<string> => (await this.take(await this.u64())).toString('utf8');

  async scalar(type: number): Promise<GgufScalar> {
    switch (type) {
      case 4:
        return this.u32();
      case 5:
        return (await this.take(4)).readInt32LE();
      case 6:
        return (await this.take(4)).readFloatLE();
      case 7:
        return (await this.take(1))[0] === 1;
      case 8:
        return this.text();
      default:
        throw this.bad(`value type ${type} is not known`);
    }
  }

  async value(): Promise<GgufScalar | readonly GgufScalar[]> {
    const type = await this.u32();
    if (type !== 9) return this.scalar(type);
    const [element, count] = [await this.u32(), await this.u64()];
    const values: GgufScalar[] = [];
    for (let i = 0; i < count; i += 1) values.push(await this.scalar(element));
    return values;
  }
}

/** Errors: `bad-file` for anything that is not version 3, or that lies outside the file. */
export async function readGguf(path: string): Promise<GgufFile> {
  const file = await open(path, 'r');
  try {
    const reader = new HeadReader(path, async (offset, length) => {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    });
    if ((await reader.take(4)).toString('latin1') !== 'GGUF' || (await reader.u32()) !== 3)
      throw reader.bad('not a GGUF file of version 3');
    const [tensorCount, keyCount] = [await reader.u64(), await reader.u64()];
    const metadata = new Map<string, GgufScalar | readonly GgufScalar[]>();
    for (let i = 0; i < keyCount; i += 1) metadata.set(await reader.text(), await reader.value());
    const tensors = await readTensors(reader, tensorCount, (await file.stat()).size);
    return { metadata, tensors };
  } finally {
    await file.close();
  }
}

async function readTensors(
  reader: HeadReader,
  count: number,
  fileBytes: number,
): Promise<Map<string, StoredGgufTensor>> {
  const described: StoredGgufTensor[] = [];
  for (let i = 0; i < count; i += 1) {
    const [name, dimensions] = [await reader.text(), await reader.u32()];
    const shape: number[] = [];
    for (let d = 0; d < dimensions; d += 1) shape.unshift(await reader.u64());
    const number = await reader.u32();
    const type = (Object.keys(TYPE_NUMBERS) as TensorType[]).find(
      (key) => TYPE_NUMBERS[key] === number,
    );
    if (type === undefined) throw reader.bad(`tensor ${name} has type ${number}`);
    described.push({
      name,
      shape,
      type,
      offset: await reader.u64(),
      length: typeBytes(
        type,
        shape.reduce((product, size) => product * size, 1),
      ),
    });
  }
  const start = Math.ceil(reader.position / 32) * 32;
  const outside = described.find(({ offset, length }) => start + offset + length > fileBytes);
  if (outside !== undefined) throw reader.bad(`tensor ${outside.name} lies outside the file`);
  return new Map(
    described.map((tensor) => [tensor.name, { ...tensor, offset: start + tensor.offset }]),
  );
}
