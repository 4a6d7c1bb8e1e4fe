// Tensors that pass in several blocks: a group of rows is never cut, and what f16 cannot hold is
// refused wherever it is.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openSafetensors,
  sourceOfArray,
  tensorEntry,
  writeSafetensors,
  type TensorEntry,
} from '@automodel/checkpoint';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tensorStream, type TensorChange } from '../src/gguf/tensor-stream.js';
import type { TensorType } from '../src/gguf/tensor-type.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'automodel-stream-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function stored(name: string, shape: [number, number], values: Float32Array) {
  const path = join(root, name);
  await writeSafetensors(path, [sourceOfArray('w', 'f32', shape, values)]);
  const [tensor] = (await openSafetensors(path)).tensors;
  return tensorEntry(tensor!);
}

async function streamed(
  entry: TensorEntry,
  type: TensorType,
  change: TensorChange = {},
): Promise<{ readonly bytes: Buffer; readonly blocks: number }> {
  const blocks: Uint8Array[] = [];
  for await (const block of tensorStream(entry, 'w', type, change).chunks()) blocks.push(block);
  return { bytes: Buffer.concat(blocks), blocks: blocks.length };
}

test('rows of a group change places within it, in every block of a large tensor', async () => {
  const [rows, columns, group] = [352, 3001, 4]; // a block of 4 MiB ends within a group
  const values = Float32Array.from({ length: rows * columns }, (_, i) => Math.floor(i / columns));
  const entry = await stored('large', [rows, columns], values);
  const { bytes, blocks } = await streamed(entry, 'f32', { pairRows: group });
  expect(blocks).toBe(2);
  const floats = new Float32Array(bytes.buffer, bytes.byteOffset, rows * columns);
  const order = Array.from({ length: rows }, (_, row) => floats[row * columns]!);
  expect(order).toEqual(
    Array.from({ length: rows }, (_, row) => row - (row % group) + [0, 2, 1, 3][row % group]!),
  );
  expect(floats[rows * columns - 1]).toBe(order.at(-1));
});

test('what is added comes before the scale', async () => {
  const entry = await stored('small', [1, 2], Float32Array.of(1, -3));
  const { bytes } = await streamed(entry, 'f32', { add: 1, scale: 0.5 });
  expect([...new Float32Array(bytes.buffer, bytes.byteOffset, 2)]).toEqual([1, -1]);
});

test.each([65520, -65520])('f16 does not hold %d', async (value) => {
  const entry = await stored(`f16 ${value}`, [1, 2], Float32Array.of(1, value));
  await expect(streamed(entry, 'f16')).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining(`holds ${value}, which f16 cannot`) as string,
  });
  expect((await streamed(entry, 'bf16')).bytes).toHaveLength(4);
});

test.each([NaN, Infinity, -Infinity])('no type holds %d', async (value) => {
  const entry = await stored(`finite ${value}`, [1, 2], Float32Array.of(1, value));
  for (const type of ['f32', 'bf16', 'f16', 'q8_0'] as const)
    await expect(streamed(entry, type)).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringContaining(`tensor w holds ${value}`) as string,
    });
});

test.each([65519, -65519])('f16 holds %d', async (value) => {
  const entry = await stored(`f16 ${value}`, [1, 2], Float32Array.of(1, value));
  expect((await streamed(entry, 'f16')).bytes).toHaveLength(4);
});
