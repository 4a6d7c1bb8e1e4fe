// Safetensors headers: what is accepted must describe every byte of the file once, with the numbers
// that stand in the header.
import { readFileSync, writeFileSync } from 'node:fs';
import { openSafetensors } from '@automodel/checkpoint';
import type { FuzzTarget } from '../fuzz-target.js';
import { scratch } from '../scratch.js';

const golden = (path: string): Buffer =>
  readFileSync(new URL(`../../../../goldens/models/${path}`, import.meta.url));
const headerEnd = (bytes: Buffer): number => 8 + Number(bytes.readBigUInt64LE(0));

/** A file with a few small tensors: cutting and copying large ones only takes time. */
function small(header: object, bytes: number): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(bytes, 0x3f)]);
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const BYTES: Readonly<Record<string, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
};

/** Compares what was read with the header as JSON.parse sees it. */
async function read(bytes: Buffer): Promise<void> {
  const path = scratch('file.safetensors');
  writeFileSync(path, bytes);
  const { tensors, size } = await openSafetensors(path);
  const start = headerEnd(bytes);
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, Entry>;
  const { __metadata__: _, ...entries } = header;
  if (tensors.length !== Object.keys(entries).length)
    throw new Error(`${tensors.length} tensors read, ${Object.keys(entries).length} written`);
  let end = start;
  for (const { name, offset, length, shape, storageType } of tensors) {
    const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
    if (entry === undefined) throw new Error(`${name} is not in the header`);
    const product = entry.shape.reduce((count, size_) => count * size_, 1);
    if (JSON.stringify(shape) !== JSON.stringify(entry.shape) || storageType !== entry.dtype)
      throw new Error(`${name} was read as ${storageType} ${JSON.stringify(shape)}`);
    if (
      offset !== start + entry.data_offsets[0] ||
      offset + length !== start + entry.data_offsets[1] ||
      offset !== end
    )
      throw new Error(`${name} was read at ${offset}`);
    if (BYTES[entry.dtype] !== undefined && length !== product * BYTES[entry.dtype]!)
      throw new Error(`${name} has ${length} bytes`);
    end += length;
  }
  if (end !== bytes.length || size !== bytes.length)
    throw new Error(`the tensors end at ${end} of ${bytes.length}`);
}

const entry = (dtype: string, shape: number[], from: number, to: number): Entry => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

export const safetensors: FuzzTarget = {
  name: 'safetensors',
  read,
  seeds: [
    small(
      {
        __metadata__: { format: 'pt' },
        'model.norm.weight': entry('F32', [4], 0, 16),
        'a.weight': entry('BF16', [2, 3], 16, 28),
        'b.bias': entry('F16', [2], 28, 32),
        empty: entry('F32', [0, 4], 32, 32),
        scalar: entry('I64', [], 32, 40),
      },
      40,
    ),
    small({ w: entry('F32', [2, 2], 0, 16) }, 16),
    golden('llama-gqa/adapter/adapter_model.safetensors'),
  ],
  mostly: (seed) => [0, headerEnd(seed)],
};
