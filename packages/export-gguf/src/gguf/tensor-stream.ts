// One tensor on its way from safetensors into GGUF: read in blocks of whole rows, changed as the
// format asks, and encoded. A model larger than memory passes through.
import { floatsFromBytes, readTensorBytes, type TensorEntry } from '@automodel/checkpoint';
import { AutomodelError, bytesOf, isFloat } from '@automodel/core';
import type { GgufTensor } from './write-gguf.js';
import { encodeFloats, type TensorType } from './tensor-type.js';

/** What happens to values on the way. */
export interface TensorChange {
  /** Added to each value, before `scale`. */
  readonly add?: number | undefined;
  readonly scale?: number | undefined;
  /**
   * Size of a group whose rows go from halves, as Hugging Face rotates them, to neighbouring pairs:
   * row (half, i) becomes row (i, half).
   */
  readonly pairRows?: number | undefined;
}

const BLOCK_BYTES = 1 << 22;

/**
 * The tensor under its new name. Errors: `unsupported` for a tensor that is not floating-point, and
 * for values that f16 cannot hold; `not-finite` for NaN and infinite ones.
 */
export function tensorStream(
  source: TensorEntry,
  name: string,
  type: TensorType,
  change: TensorChange = {},
): GgufTensor {
  if (!isFloat(source.dtype))
    throw new AutomodelError(
      'unsupported',
      `tensor ${source.name} has type ${source.storageType}; GGUF files are written from ` +
        'floating-point weights',
      { location: source.file },
    );
  return { name, shape: source.shape, type, chunks: () => encodedBlocks(source, type, change) };
}

async function* encodedBlocks(
  source: TensorEntry,
  type: TensorType,
  change: TensorChange,
): AsyncGenerator<Uint8Array> {
  const rows = source.shape[0] ?? 1;
  const rowBytes = source.length / rows;
  const group = change.pairRows ?? 1;
  const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / (rowBytes * group))) * group;
  for (let row = 0; row < rows; row += blockRows) {
    const count = Math.min(blockRows, rows - row);
    const bytes = await readTensorBytes({
      ...source,
      offset: source.offset + row * rowBytes,
      length: count * rowBytes,
    });
    const values = changed(
      floatsFromBytes(bytes, source.dtype),
      change,
      rowBytes / bytesOf(source.dtype),
    );
    checkFinite(source, values);
    if (type === 'f16') checkRange(source, values);
    yield encodeFloats(values, type);
  }
}

function changed(
  values: Float32Array,
  { add, scale, pairRows }: TensorChange,
  rowLength: number,
): Float32Array {
  if (add !== undefined || scale !== undefined)
    for (let i = 0; i < values.length; i += 1)
      values[i] = Math.fround((values[i] ?? 0) + (add ?? 0)) * (scale ?? 1);
  return pairRows === undefined ? values : pairedRows(values, pairRows, rowLength);
}

function pairedRows(values: Float32Array, group: number, rowLength: number): Float32Array {
  const result = new Float32Array(values.length);
  const half = group / 2;
  for (let row = 0; row * rowLength < values.length; row += 1) {
    const within = row % group;
    const target = row - within + 2 * (within % half) + Math.floor(within / half);
    result.set(values.subarray(row * rowLength, (row + 1) * rowLength), target * rowLength);
  }
  return result;
}

function checkFinite(source: TensorEntry, values: Float32Array): void {
  const found = values.find((value) => !Number.isFinite(value));
  if (found !== undefined)
    throw new AutomodelError('not-finite', `tensor ${source.name} holds ${found}`, {
      location: source.file,
      hint: 'the weights are damaged: start from a whole copy, or from an earlier checkpoint',
    });
}

function checkRange(source: TensorEntry, values: Float32Array): void {
  const found = values.find((value) => Math.abs(value) >= 65520);
  if (found !== undefined)
    throw new AutomodelError(
      'unsupported',
      `tensor ${source.name} holds ${found}, which f16 cannot`,
      { location: source.file, hint: 'use type bf16 or q8_0' },
    );
}
