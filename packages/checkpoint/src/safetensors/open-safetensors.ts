// Opens a safetensors file: reads and validates the header, never the tensors. The format: 8 bytes
// little-endian header length, a JSON header, then the tensors' bytes without gaps.
// Source: the format description of the safetensors library. Everything that the library refuses is
// also refused here, with the tensor's name.
import { open, type FileHandle } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import { refuseGitLfsPointer } from '../files/git-lfs-pointer.js';
import { isJsonObject } from '../files/read-json-file.js';
import { decodeUtf8, parseJson, type JsonObject, type JsonValue } from '../json/parse-json.js';
import { dtypeOfStorage, isStorageType, storageBytes } from './storage-type.js';
import type { StoredTensor } from './stored-tensor.js';

/** A safetensors file whose header is valid. `tensors` are in the order of their bytes. */
export interface SafetensorsFile {
  readonly path: string;
  readonly size: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly StoredTensor[];
}

const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 100_000_000; // the safetensors library's own limit
const FIELDS = new Set(['dtype', 'shape', 'data_offsets']);

const bad = (path: string, message: string): AutomodelError =>
  new AutomodelError('bad-file', message, {
    location: path,
    hint: 'fetch or write the file again',
  });

const isCount = (value: JsonValue): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

async function readHeader(
  handle: FileHandle,
  path: string,
  size: number,
): Promise<{ header: JsonObject; dataStart: number }> {
  const start = new Uint8Array(64);
  await handle.read(start, 0, start.length, 0);
  refuseGitLfsPointer(start, path);
  if (size < LENGTH_BYTES)
    throw bad(
      path,
      `not a safetensors file: ${size} bytes, fewer than the ${LENGTH_BYTES} of its length field`,
    );
  const length = new DataView(start.buffer).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw bad(path, `not a safetensors file: the header would be ${length} bytes long`);
  const dataStart = LENGTH_BYTES + Number(length);
  if (dataStart > size)
    throw bad(path, `truncated: the header ends at byte ${dataStart} but the file has ${size}`);
  const bytes = new Uint8Array(Number(length));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(
      bytes,
      filled,
      bytes.length - filled,
      LENGTH_BYTES + filled,
    );
    if (bytesRead === 0) throw bad(path, 'truncated: the file ended inside its header');
    filled += bytesRead;
  }
  const header = parseJson(decodeUtf8(bytes, path), path).value;
  if (!isJsonObject(header)) throw bad(path, 'the safetensors header is not a JSON object');
  return { header, dataStart };
}

function metadataOf(value: JsonValue | undefined, path: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isJsonObject(value)) throw bad(path, '__metadata__ is not a JSON object');
  for (const [key, entry] of Object.entries(value)) {
    if (typeof entry !== 'string')
      throw bad(path, `__metadata__ key ${JSON.stringify(key)} is not a string`);
  }
  return value as Record<string, string>;
}

function tensorOf(
  name: string,
  value: JsonValue,
  path: string,
  dataStart: number,
  size: number,
): StoredTensor {
  const refuse = (message: string): AutomodelError => bad(path, `tensor ${name}: ${message}`);
  if (!isJsonObject(value)) throw refuse('its header entry is not an object');
  const strange = Object.keys(value).find((key) => !FIELDS.has(key));
  if (strange !== undefined) throw refuse(`unknown header field ${JSON.stringify(strange)}`);
  const { dtype, shape, data_offsets: range } = value;
  if (typeof dtype !== 'string' || !isStorageType(dtype))
    throw refuse(`unknown type ${JSON.stringify(dtype ?? null)}`);
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw refuse(`the shape ${JSON.stringify(shape ?? null)} is not a list of whole numbers`);
  if (!Array.isArray(range) || range.length !== 2 || !range.every(isCount))
    throw refuse(`data_offsets ${JSON.stringify(range ?? null)} are not two whole numbers`);
  const [begin, end] = range as [number, number];
  if (begin > end) throw refuse(`data_offsets [${begin}, ${end}] run backwards`);
  if (end > size - dataStart)
    throw refuse(`truncated: its bytes end at ${dataStart + end} but the file has ${size}`);
  const bytes = storageBytes(dtype, shape);
  if (bytes === undefined)
    throw refuse(
      `the size of shape [${shape.join(', ')}] of ${dtype} is not a whole number of bytes below ` +
        '2^53',
    );
  if (bytes !== end - begin)
    throw refuse(
      `shape [${shape.join(', ')}] of ${dtype} needs ${bytes} bytes, data_offsets give ` +
        `${end - begin}`,
    );
  return {
    name,
    file: path,
    offset: dataStart + begin,
    length: bytes,
    shape,
    storageType: dtype,
    dtype: dtypeOfStorage(dtype),
  };
}

/**
 * Ranges must follow one another without gaps or overlaps and end with the file: a gap could hide
 * data, an overlap would alias two parameters.
 */
function checkContiguous(
  tensors: readonly StoredTensor[],
  path: string,
  dataStart: number,
  size: number,
): void {
  let position = dataStart;
  for (const tensor of tensors) {
    if (tensor.offset < position)
      throw bad(path, `tensor ${tensor.name}: its bytes overlap those of the tensor before it`);
    if (tensor.offset > position)
      throw bad(
        path,
        `tensor ${tensor.name}: ${tensor.offset - position} bytes before it belong to no tensor`,
      );
    position += tensor.length;
  }
  if (position !== size)
    throw bad(path, `${size - position} bytes after the last tensor belong to no tensor`);
}

/**
 * Open a safetensors file and validate its header against the file's size.
 * @throws AutomodelError `missing-file`, or `bad-file` naming the file and the tensor that is
 * wrong.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new AutomodelError(
      missing ? 'missing-file' : 'io',
      missing ? 'no such file' : (cause as Error).message,
      { location: path, cause },
    );
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw bad(path, 'not a file');
    const { header, dataStart } = await readHeader(handle, path, stat.size);
    const metadata = metadataOf(header['__metadata__'], path);
    const tensors = Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(([name, value]) => tensorOf(name, value, path, dataStart, stat.size))
      .sort((a, b) => a.offset - b.offset || a.length - b.length);
    checkContiguous(tensors, path, dataStart, stat.size);
    return { path, size: stat.size, metadata, tensors };
  } finally {
    await handle.close();
  }
}
