// A tensor on its way into a file: its description and its bytes as a stream that can be started
// more than once. Sources come from files, host arrays or a backend's memory, and a source can be
// viewed in another floating-point type.
import { AutomodelError, bytesOf, isFloat, type DType } from '@automodel/core';
import { bytesFromFloats, floatsFromBytes } from './convert-floats.js';
import { streamTensorBytes, type TensorArray } from './read-tensor.js';
import { dtypeOfStorage, storageBytes, storageOfDType, type StorageType } from './storage-type.js';
import type { StoredTensor } from './stored-tensor.js';

/** Elements of a tensor that follow each other in row-major order. */
export interface TensorRun {
  readonly start: number;
  readonly count: number;
}

/**
 * A tensor to write. `chunks` starts the stream of its bytes (row-major, little-endian) anew at
 * each call; chunk sizes are free.
 */
export interface TensorSource {
  readonly name: string;
  readonly storageType: StorageType;
  /** That of the whole tensor. */
  readonly shape: readonly number[];
  /**
   * The elements that `chunks` gives, run after run, where several processes write the tensor
   * together. Absent: all of them; where several processes have that, the first one writes.
   */
  readonly runs?: readonly TensorRun[] | undefined;
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** A source that carries a stored tensor byte for byte. */
export const sourceOfStored = (tensor: StoredTensor): TensorSource => ({
  name: tensor.name,
  storageType: tensor.storageType,
  shape: tensor.shape,
  chunks: () => streamTensorBytes(tensor),
});

/**
 * A source over a host array. Float32Array may be stored as any floating-point dtype (rounded to
 * nearest even); other arrays only as their own.
 * @throws AutomodelError `bad-argument` when the array does not fit the shape or the dtype.
 */
export function sourceOfArray(
  name: string,
  dtype: DType,
  shape: readonly number[],
  values: TensorArray,
): TensorSource {
  const storageType = storageOfDType(dtype);
  const isFloats = values instanceof Float32Array && isFloat(dtype);
  const bytes = isFloats
    ? bytesFromFloats(values, dtype)
    : new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const own: Partial<Record<DType, boolean>> = {
    f64: values instanceof Float64Array,
    i64: values instanceof BigInt64Array,
    i32: values instanceof Int32Array,
    bool: values instanceof Uint8Array,
  };
  if (!isFloats && own[dtype] !== true)
    throw new AutomodelError(
      'bad-argument',
      `tensor ${name}: a ${values.constructor.name} cannot be stored as ${dtype}`,
    );
  if (storageBytes(storageType, shape) !== bytes.length) {
    throw new AutomodelError(
      'bad-argument',
      `tensor ${name}: ${values.length} values do not fill shape [${shape.join(', ')}]`,
    );
  }
  return { name, storageType, shape, chunks: () => [bytes] };
}

/** Bytes regrouped so that each piece holds whole elements and starts aligned. */
export async function* wholeElements(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  elementBytes: number,
): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(0);
  for await (const chunk of chunks) {
    const joined =
      rest.length === 0 && chunk.byteOffset % elementBytes === 0
        ? chunk
        : new Uint8Array(rest.length + chunk.length);
    if (joined !== chunk) {
      joined.set(rest);
      joined.set(chunk, rest.length);
    }
    const whole = joined.length - (joined.length % elementBytes);
    rest = joined.slice(whole);
    if (whole > 0) yield joined.subarray(0, whole);
  }
  if (rest.length > 0) yield rest; // the writer counts bytes and names the tensor
}

async function* converted(
  source: TensorSource,
  from: DType,
  to: DType,
): AsyncGenerator<Uint8Array> {
  for await (const piece of wholeElements(source.chunks(), bytesOf(from))) {
    if (piece.length % bytesOf(from) !== 0)
      throw new AutomodelError(
        'bad-argument',
        `tensor ${source.name}: its bytes end inside an element`,
      );
    yield bytesFromFloats(floatsFromBytes(piece, from), to);
  }
}

/**
 * The same tensor stored as another floating-point type; the source itself when the type is already
 * right.
 * @throws AutomodelError `bad-argument` when either type is not floating-point.
 */
export function convertSource(source: TensorSource, storageType: StorageType): TensorSource {
  if (source.storageType === storageType) return source;
  const [from, to] = [dtypeOfStorage(source.storageType), dtypeOfStorage(storageType)];
  if (from === undefined || to === undefined || !isFloat(from) || !isFloat(to)) {
    throw new AutomodelError(
      'bad-argument',
      `tensor ${source.name}: ${source.storageType} cannot be stored as ${storageType}`,
    );
  }
  return { ...source, storageType, chunks: () => converted(source, from, to) };
}
