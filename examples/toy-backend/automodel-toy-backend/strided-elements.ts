// Tensors of a plan in bytes: read into dense host tensors and written back, through their strides.
import {
  allocateHostData,
  bytesOf,
  readElement,
  sizeOf,
  writeElement,
  type HostTensor,
  type TensorRef,
} from '@automodel/core';

/** Byte positions of all elements, in row-major order. Strides count elements; 0 broadcasts. */
function* positions({ shape, strides, offset, dtype }: TensorRef): Generator<number> {
  const total = sizeOf(shape);
  for (let index = 0; index < total; index++) {
    let [at, rest] = [0, index];
    for (let d = shape.length - 1; d >= 0; d--) {
      const size = shape[d] ?? 1;
      at += (rest % size) * (strides[d] ?? 0);
      rest = Math.floor(rest / size);
    }
    yield offset + at * bytesOf(dtype);
  }
}

const viewOf = (memory: Uint8Array): DataView =>
  new DataView(memory.buffer, memory.byteOffset, memory.byteLength);

export function readTensor(ref: TensorRef, memory: Uint8Array): HostTensor {
  const { shape, dtype } = ref;
  const data = allocateHostData(dtype, sizeOf(shape));
  const view = viewOf(memory);
  let index = 0;
  for (const at of positions(ref)) {
    const value = readElement(view, at, dtype);
    if (data instanceof BigInt64Array) data[index++] = BigInt(value);
    else data[index++] = Number(value);
  }
  return { shape, dtype, data };
}

export function writeTensor(tensor: HostTensor, ref: TensorRef, memory: Uint8Array): void {
  const view = viewOf(memory);
  let index = 0;
  for (const at of positions(ref)) writeElement(view, at, ref.dtype, tensor.data[index++] ?? 0);
}
