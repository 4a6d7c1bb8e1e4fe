// Writes one safetensors file as a stream: header first, then each tensor's bytes as they arrive,
// then fsync. Layout as the safetensors library writes it (wider types first, then by name; header
// padded with spaces to 8 bytes), so that a file read and written again is identical byte for byte.
// Several processes write one file: the first one its header, each of them the elements it holds.
import { open } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import { diskError } from '../files/disk-error.js';
import { ALONE, firstDoes, together, type WritingGroup } from '../files/writing-group.js';
import { sourceBytes } from './source-bytes.js';
import { storageOrder } from './storage-type.js';
import type { TensorSource } from './tensor-source.js';
import { writeAt, writeTensor } from './write-tensor.js';

const compareUtf8 = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));

/** How a file is written. */
export interface WriteSafetensorsOptions {
  /** Default: `{ format: 'pt' }`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** The processes that write the file together, on one file system. Default: this one alone. */
  readonly group?: WritingGroup | undefined;
}

/** A file before it is written. */
interface Layout {
  readonly header: Uint8Array;
  /** In the order of the file, with the place where each begins. */
  readonly tensors: readonly { readonly source: TensorSource; readonly position: number }[];
  /** Where the file ends. */
  readonly end: number;
}

/**
 * Write tensors to a new safetensors file and flush it to disk. On failure the partial file is left
 * for the caller's directory clean-up.
 * @throws AutomodelError `bad-argument` for duplicate names, a source of the wrong size, or
 * processes that do not give every element once; `conflict` when the file exists, `io` when the
 * disk fails.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorSource[],
  { metadata = { format: 'pt' }, group = ALONE }: WriteSafetensorsOptions = {},
): Promise<void> {
  const layout = layoutOf(path, tensors, metadata);
  await firstDoes(group, () => create(path, layout));
  const counts = await together(group, async () => String(await writeOwn(path, layout, group)));
  const written = counts.reduce((sum, count) => sum + Number(count), 0);
  const expected = layout.end - layout.header.length;
  if (written !== expected)
    throw new AutomodelError(
      'bad-argument',
      `the processes gave ${written} bytes where ${expected} are needed`,
      { location: path },
    );
}

function layoutOf(
  path: string,
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>>,
): Layout {
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
  let end = header.length;
  const placed = sorted.map((source) => {
    const position = end;
    end += sourceBytes(source);
    return { source, position };
  });
  return { header, tensors: placed, end };
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

/** Makes the file with its header. */
async function create(path: string, { header }: Layout): Promise<void> {
  const handle = await open(path, 'wx').catch((cause: NodeJS.ErrnoException) => {
    const exists = cause.code === 'EEXIST';
    throw new AutomodelError(
      exists ? 'conflict' : 'io',
      exists ? 'the file exists already' : cause.message,
      { location: path, cause },
    );
  });
  try {
    await writeAt(handle, header, 0);
  } catch (cause) {
    throw diskError(cause, path);
  } finally {
    await handle.close();
  }
}

/** Writes what this process has into the file, and returns how many bytes that are. */
async function writeOwn(
  path: string,
  { tensors }: Layout,
  { rank }: WritingGroup,
): Promise<number> {
  const own = tensors.filter(({ source }) => source.runs !== undefined || rank === 0);
  const handle = await open(path, 'r+').catch((cause: unknown) => {
    throw diskError(cause, path);
  });
  try {
    let written = 0;
    for (const { source, position } of own)
      written += await writeTensor(handle, source, position, path);
    await handle.sync();
    return written;
  } catch (cause) {
    throw diskError(cause, path);
  } finally {
    await handle.close();
  }
}
