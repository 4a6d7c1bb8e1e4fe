// Embedding and head of a model whose vocabulary grows: the rows there are, and for each new token
// the mean of them all. The tables are written to a folder of the run, so that they are mapped and
// loaded like any other tensor.
import { join } from 'node:path';
import {
  openSafetensors,
  streamTensorBytes,
  tensorEntry,
  bytesFromFloats,
  floatsFromBytes,
  wholeElements,
  writeSafetensors,
  type StoredTensor,
  type TensorEntry,
  type TensorSource,
} from '@automodel/checkpoint';
import type { ParameterNames } from '@automodel/contracts';
import { bytesOf } from '@automodel/core';
import type { StoredTensors } from '@automodel/session';

/** The tensors of a folder, with `rows` rows in the tables that have another number. */
export async function resizedTables(
  tensors: StoredTensors,
  { embedding, head }: ParameterNames,
  rows: number,
  directory: string,
): Promise<StoredTensors> {
  const tables = [embedding, head]
    .map((name) => tensors.get(name))
    .filter((table): table is StoredTensor => table !== undefined && table.shape[0] !== rows);
  if (tables.length === 0) return tensors;
  const path = join(directory, 'tables.safetensors');
  await writeSafetensors(
    path,
    tables.map((table) => resized(tensorEntry(table), rows)),
  );
  const written = (await openSafetensors(path)).tensors.map(
    (table) => [table.name, table] as const,
  );
  return new Map([...tensors, ...written]);
}

const resized = (table: TensorEntry, rows: number): TensorSource => ({
  name: table.name,
  storageType: table.storageType,
  shape: [rows, ...table.shape.slice(1)],
  chunks: () => grown(table, rows),
});

async function* grown(table: TensorEntry, rows: number): AsyncGenerator<Uint8Array> {
  const [known = 0, width = 0] = table.shape;
  const kept = Math.min(known, rows) * width * bytesOf(table.dtype);
  const sums = new Float64Array(width);
  let [seen, position] = [0, 0];
  for await (const chunk of wholeElements(streamTensorBytes(table), bytesOf(table.dtype))) {
    floatsFromBytes(chunk, table.dtype).forEach((value) => {
      sums[position++ % width]! += value;
    });
    if (seen < kept) yield chunk.subarray(0, kept - seen);
    seen += chunk.length;
  }
  const mean = bytesFromFloats(
    Float32Array.from(sums, (sum) => sum / Math.max(known, 1)),
    table.dtype,
  );
  for (let row = known; row < rows; row++) yield mean;
}
