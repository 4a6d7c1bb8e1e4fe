import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  bytesFromFloats,
  convertSource,
  floatsFromBytes,
  openSafetensors,
  readTensor,
  sourceOfArray,
  sourceOfStored,
  writeSafetensors,
  type TensorSource,
} from '../src/index.js';
import { GOLDENS, temporaryFolder } from './support/files.js';

describe('writeSafetensors', () => {
  test.each([
    'models/gemma3/model.safetensors',
    'models/qwen2/golden.safetensors',
    'models/qwen2/adapter/adapter_model.safetensors',
  ])('writes %s as the safetensors library wrote it', async (name) => {
    const path = join(GOLDENS, name);
    const file = await openSafetensors(path);
    const copy = join(await temporaryFolder(), 'copy.safetensors');
    await writeSafetensors(copy, [...file.tensors].reverse().map(sourceOfStored), {
      metadata: file.metadata,
    });
    expect((await readFile(copy)).equals(await readFile(path))).toBe(true);
  });

  test('gives back every type', async () => {
    const path = join(await temporaryFolder(), 'x.safetensors');
    const floats = Float32Array.of(0, 1, -2.5, 1 / 3);
    await writeSafetensors(path, [
      sourceOfArray('f32', 'f32', [2, 2], floats),
      sourceOfArray('bf16', 'bf16', [4], floats),
      sourceOfArray('f16', 'f16', [4], floats),
      sourceOfArray('f64', 'f64', [], Float64Array.of(Math.PI)),
      sourceOfArray('i64', 'i64', [2], BigInt64Array.of(-1n, 2n ** 60n)),
      sourceOfArray('i32', 'i32', [1], Int32Array.of(-7)),
      sourceOfArray('bool', 'bool', [3], Uint8Array.of(1, 0, 1)),
      sourceOfArray('none', 'f32', [0], new Float32Array(0)),
    ]);
    const { tensors } = await openSafetensors(path);
    const values = Object.fromEntries(
      await Promise.all(
        tensors.map(async (tensor) => [tensor.name, [...(await readTensor(tensor))]] as const),
      ),
    );
    expect(values).toEqual({
      f32: [...floats],
      bf16: [0, 1, -2.5, 0.333984375],
      f16: [0, 1, -2.5, 0.333251953125],
      f64: [Math.PI],
      i64: [-1n, 2n ** 60n],
      i32: [-7],
      bool: [1, 0, 1],
      none: [],
    });
  });

  test.each<[string, Uint8Array[], string]>([
    [
      'too few bytes',
      [new Uint8Array(4)],
      'tensor a: its source gave only 4 bytes where 8 are needed',
    ],
    [
      'too many bytes',
      [new Uint8Array(8), new Uint8Array(1)],
      'tensor a: its source gave more bytes where 8 are needed',
    ],
  ])('refuses a source of %s', async (_, chunks, message) => {
    const source: TensorSource = {
      name: 'a',
      storageType: 'F32',
      shape: [2],
      chunks: () => chunks,
    };
    await expect(writeSafetensors(join(await temporaryFolder(), 'x'), [source])).rejects.toThrow(
      message,
    );
  });

  test('refuses equal names, impossible shapes and existing files', async () => {
    const path = join(await temporaryFolder(), 'x');
    const a = sourceOfArray('a', 'f32', [1], Float32Array.of(1));
    await expect(writeSafetensors(path, [a, a])).rejects.toThrow('two tensors are named a');
    await expect(writeSafetensors(path, [{ ...a, shape: [-1] }])).rejects.toThrow(
      'tensor a: shape [-1] of F32 cannot be stored',
    );
    await writeSafetensors(path, [a]);
    await expect(writeSafetensors(path, [a])).rejects.toMatchObject({ code: 'conflict' });
  });

  test('refuses arrays that fit neither shape nor dtype', () => {
    expect(() => sourceOfArray('a', 'f32', [3], new Float32Array(2))).toThrow(
      'tensor a: 2 values do not fill shape [3]',
    );
    expect(() => sourceOfArray('a', 'i64', [1], new Float32Array(2))).toThrow(
      'tensor a: a Float32Array cannot be stored as i64',
    );
  });
});

describe('conversion', () => {
  test.each([
    [1 + 2 ** -8, 1, 1 + 2 ** -8], // bf16: a tie goes to the even neighbour below
    [1 + 3 * 2 ** -8, 1 + 2 ** -6, 1 + 3 * 2 ** -8], // and above
    [1 + 2 ** -11, 1, 1], // f16: the same
    [1 + 3 * 2 ** -11, 1, 1 + 2 ** -9],
    [65519, 65536, 65504],
    [65520, 65536, Infinity],
    [2 ** -24, 2 ** -24, 2 ** -24], // the smallest f16
    [2 ** -25, 2 ** -25, 0],
    [3 * 2 ** -25, 3 * 2 ** -25, 2 ** -23],
    [2 ** -14 - 2 ** -26, 2 ** -14, 2 ** -14], // rounds up into the normal range
    [3.4028234663852886e38, Infinity, Infinity],
    [-Infinity, -Infinity, -Infinity],
    [NaN, NaN, NaN],
  ])('rounds %d to nearest even', (value, bf16, f16) => {
    const through = (dtype: 'bf16' | 'f16'): number =>
      floatsFromBytes(bytesFromFloats(Float32Array.of(value), dtype), dtype)[0]!;
    expect([through('bf16'), through('f16')]).toEqual([bf16, f16]);
  });

  test.each(['bf16', 'f16'] as const)('keeps every %s value', (dtype) => {
    const all = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
    const back = new Uint16Array(bytesFromFloats(floatsFromBytes(all, dtype), dtype).buffer);
    const changed = [...back.entries()].filter(
      ([word, result]) =>
        word !== result &&
        !Number.isNaN(floatsFromBytes(new Uint8Array(Uint16Array.of(word).buffer), dtype)[0]!),
    );
    expect(changed).toEqual([]);
  });

  test('does not depend on how a source is cut into chunks', async () => {
    const bytes = new Uint8Array(Float32Array.from({ length: 50 }, (_, i) => Math.sin(i)).buffer);
    const cut = (size: number): TensorSource => ({
      name: 'a',
      storageType: 'F32',
      shape: [50],
      *chunks() {
        for (let i = 0; i < 200; i += size) yield bytes.subarray(i, i + size);
      },
    });
    const read = async (source: TensorSource): Promise<Buffer> => {
      const parts: Uint8Array[] = [];
      for await (const chunk of convertSource(source, 'BF16').chunks()) parts.push(chunk);
      return Buffer.concat(parts);
    };
    const whole = await read(cut(200));
    expect(whole).toHaveLength(100);
    for (const size of [1, 3, 7, 64]) expect((await read(cut(size))).equals(whole)).toBe(true);
  });
});
