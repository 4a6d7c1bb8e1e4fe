// Writes one GGUF file (version 3) as a stream: header, key/values, descriptions of tensors, then
// each tensor's bytes at a multiple of the alignment, flushed to disk.
// Layout by the format's specification (ggml, docs/gguf.md). Tensors are named and shaped as in
// memory, row-major; the file lists sizes with the innermost first.
import { open, type FileHandle } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import { stringBytes, uint32, uint64, valueBytes, type GgufMetadata } from './gguf-value.js';
import { TYPE_NUMBERS, typeBytes, type TensorType } from './tensor-type.js';

const VERSION = 3;
const ALIGNMENT = 32;
/** Longest tensor name that readers keep. */
const NAME_LIMIT = 63;

/** A tensor to write. `chunks` gives its bytes in order. */
export interface GgufTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
  chunks(): AsyncIterable<Uint8Array>;
}

const aligned = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;
const bytesOfTensor = (tensor: GgufTensor): number =>
  typeBytes(
    tensor.type,
    tensor.shape.reduce((product, size) => product * size, 1),
  );

function headerBytes(metadata: GgufMetadata, tensors: readonly GgufTensor[]): Buffer {
  const parts = [
    Buffer.from('GGUF'),
    uint32(VERSION),
    uint64(tensors.length),
    uint64(metadata.size),
  ];
  for (const [key, value] of metadata) parts.push(stringBytes(key), valueBytes(value));
  let offset = 0;
  for (const tensor of tensors) {
    if (Buffer.byteLength(tensor.name) > NAME_LIMIT)
      throw new AutomodelError(
        'unsupported',
        `tensor name ${tensor.name} is longer than GGUF allows`,
      );
    parts.push(
      stringBytes(tensor.name),
      uint32(tensor.shape.length),
      ...tensor.shape.toReversed().map(uint64),
      uint32(TYPE_NUMBERS[tensor.type]),
      uint64(offset),
    );
    offset += aligned(bytesOfTensor(tensor));
  }
  const header = Buffer.concat(parts);
  return Buffer.concat([header, Buffer.alloc(aligned(header.length) - header.length)]);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
}

/**
 * Writes a new file. Errors: `conflict` when it exists, `io` when the disk fails, whatever a
 * tensor's source throws.
 */
export async function writeGguf(
  path: string,
  metadata: GgufMetadata,
  tensors: readonly GgufTensor[],
): Promise<void> {
  const header = headerBytes(metadata, tensors);
  const file = await open(path, 'wx');
  try {
    await writeAll(file, header);
    for (const tensor of tensors) {
      let written = 0;
      for await (const chunk of tensor.chunks()) {
        await writeAll(file, chunk);
        written += chunk.length;
      }
      const expected = bytesOfTensor(tensor);
      if (written !== expected)
        throw new AutomodelError(
          'internal',
          `tensor ${tensor.name}: ${written} bytes were made where ${expected} are needed`,
        );
      await writeAll(file, new Uint8Array(aligned(written) - written));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
