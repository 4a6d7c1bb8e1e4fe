// NaN and infinite numbers do not reach a file: the error names the tensor and the element, and
// nothing is left behind.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  bytesFromFloats,
  finiteSource,
  HuggingFaceFolder,
  saveAdapterFolder,
  saveHuggingFaceFolder,
  sourceOfArray,
  storageOfDType,
  type TensorSource,
} from '../src/index.js';
import { GOLDENS, temporaryFolder } from './support/files.js';

const LARGEST = { f32: 3.4e38, bf16: 3e38, f16: 65504, f64: 1e308 };
type Float = keyof typeof LARGEST;

/** A tensor in chunks of three bytes, so that elements lie across them. */
function source(dtype: Float, values: readonly number[]): TensorSource {
  const bytes =
    dtype === 'f64'
      ? new Uint8Array(Float64Array.from(values).buffer)
      : bytesFromFloats(Float32Array.from(values), dtype);
  const chunks = Array.from({ length: Math.ceil(bytes.length / 3) }, (_, i) =>
    bytes.subarray(3 * i, 3 * i + 3),
  );
  return {
    name: 'x',
    storageType: storageOfDType(dtype),
    shape: [values.length],
    chunks: () => chunks,
  };
}

async function read(tensor: TensorSource): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of finiteSource(tensor).chunks()) parts.push(chunk);
  return Buffer.concat(parts).toString('hex');
}

test.each(Object.entries(LARGEST) as [Float, number][])('%s', async (dtype, largest) => {
  const values = [0, -0, 1.5, largest, -largest, 1e-7, 2];
  const parts: Uint8Array[] = [];
  for await (const chunk of source(dtype, values).chunks()) parts.push(chunk);
  expect(await read(source(dtype, values))).toBe(Buffer.concat(parts).toString('hex'));
  for (const [bad, says] of [
    [NaN, /tensor x holds NaN \(element 4\)/],
    [Infinity, /tensor x holds an infinite number \(element 4\)/],
    [-Infinity, /tensor x holds an infinite number \(element 4\)/],
  ] as const)
    await expect(read(source(dtype, values.with(4, bad)))).rejects.toThrow(
      expect.objectContaining({
        code: 'not-finite',
        message: expect.stringMatching(says) as string,
      }),
    );
});

test('neither a model nor an adapter is written with them', async () => {
  const base = await HuggingFaceFolder.open(join(GOLDENS, 'models/qwen2'));
  const directory = join(await temporaryFolder(), 'out');
  const name = 'model.norm.weight';
  const tensors = [sourceOfArray(name, 'f32', [32], new Float32Array(32).fill(NaN, 7, 8))];
  const says = expect.objectContaining({
    message: expect.stringContaining(name) as string,
  }) as Error;
  await expect(
    saveHuggingFaceFolder({ directory, base, tensors, tying: 'as-stored' }),
  ).rejects.toThrow(says);
  await expect(saveAdapterFolder({ directory, base, config: {}, tensors })).rejects.toThrow(says);
  expect(existsSync(directory)).toBe(false);
});

test('a number that the stored type cannot hold is found after it was converted', async () => {
  const base = await HuggingFaceFolder.open(join(GOLDENS, 'models/qwen2'));
  const directory = join(await temporaryFolder(), 'out');
  const tensors = [sourceOfArray('model.norm.weight', 'f32', [32], new Float32Array(32).fill(1e5))];
  await expect(
    saveHuggingFaceFolder({ directory, base, tensors, tying: 'as-stored', dtype: 'f16' }),
  ).rejects.toThrow(/model\.norm\.weight holds an infinite number/);
});
