// Writes one safetensors file as a stream: header first, then each tensor's bytes as they arrive,
// then fsync. Layout as the safetensors library writes it (wider types first, then by name; header
// padded with spaces to 8 bytes), so that a file read and written again is identical byte for byte.
import { open, type FileHandle } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import { storageBytes, storageOrder } from './storage-type.js';
import type { TensorSource } from './tensor-source.js';

const compareUtf8 = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));

/**
 * Bytes of a source's tensor. @throws AutomodelError `bad-argument` when the shape is not one of
 * whole numbers.
 */
export function sourceBytes(source: TensorSource): number {
  const valid = source.shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  const bytes = valid ? storageBytes(source.storageType, source.shape) : undefined;
  if (bytes === undefined)
    throw new AutomodelError(
      'bad-argument',
      `tensor ${source.name}: shape [${source.shape.join(', ')}] of ${source.storageType} cannot ` +
        'be stored',
    );
  return bytes;
}

function headerOf(
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const parts: string[] = [];
  if (Object.keys(metadata).length > 0) parts.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let position = 0;
  for (const tensor of tensors) {
    const { name, storageType: dtype, shape } = tensor;
    const end = position + sourceBytes(tensor);
    const entry = JSON.stringify({ dtype, shape, data_offsets: [position, end] });
    parts.push(`${JSON.stringify(name)}:${entry}`);
    position = end;
  }
  const json = Buffer.from(`{${parts.join(',')}}`);
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  header.writeBigUInt64LE(BigInt(header.length - 8));
  json.copy(header, 8);
  return header;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += (await handle.write(bytes, written)).bytesWritten;
}

async function writeTensor(handle: FileHandle, tensor: TensorSource, path: string): Promise<void> {
  const expected = sourceBytes(tensor);
  let written = 0;
  for await (const chunk of tensor.chunks()) {
    written += chunk.length;
    if (written > expected) break;
    await writeAll(handle, chunk);
  }
  if (written !== expected) {
    const given = written > expected ? 'more' : `only ${written}`;
    throw new AutomodelError(
      'bad-argument',
      `tensor ${tensor.name}: its source gave ${given} bytes where ${expected} are needed`,
      { location: path },
    );
  }
}

/**
 * Write tensors to a new safetensors file and flush it to disk. On failure the partial file is left
 * for the caller's directory clean-up.
 * @throws AutomodelError `bad-argument` for duplicate names or a source of the wrong size,
 * `conflict` when the file exists, `io` when the disk fails.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Promise<void> {
  const sorted = [...tensors].sort(
    (a, b) =>
      storageOrder(b.storageType) - storageOrder(a.storageType) || compareUtf8(a.name, b.name),
  );
  const names = new Set<string>();
  for (const { name } of sorted) {
    if (names.has(name) || name === '__metadata__')
      throw new AutomodelError('bad-argument', `two tensors are named ${name}`, { location: path });
    names.add(name);
  }
  const header = headerOf(sorted, metadata);
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx');
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new AutomodelError(
      exists ? 'conflict' : 'io',
      exists ? 'the file exists already' : (cause as Error).message,
      { location: path, cause },
    );
  }
  try {
    await writeAll(handle, header);
    for (const tensor of sorted) await writeTensor(handle, tensor, path);
    await handle.sync();
  } catch (cause) {
    // a source failed, not the disk
    if (typeof (cause as NodeJS.ErrnoException).syscall !== 'string') throw cause;
    throw new AutomodelError('io', `cannot be written: ${(cause as Error).message}`, {
      location: path,
      cause,
    });
  } finally {
    await handle.close();
  }
}
