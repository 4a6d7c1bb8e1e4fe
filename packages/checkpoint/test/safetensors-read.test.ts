import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSafetensors, readTensor, tensorEntry } from '../src/index.js';
import { GOLDENS, rawSafetensors, temporaryFolder, writeRaw } from './support/files.js';

const f32 = (begin: number, end: number, shape = [(end - begin) / 4]): object => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

async function opening(bytes: Uint8Array): Promise<string> {
  const path = await writeRaw(await temporaryFolder(), 'x.safetensors', bytes);
  return openSafetensors(path).then(
    () => 'opened',
    (error: Error) => error.message.replace(`${path}`, 'x'),
  );
}

describe('openSafetensors', () => {
  test('finds every tensor of a file written by the safetensors library', async () => {
    const path = join(GOLDENS, 'models/llama-gqa/model.safetensors');
    const file = await openSafetensors(path);
    expect(file.metadata).toEqual({ format: 'pt' });
    expect(file.tensors).toHaveLength(21);
    const norm = tensorEntry(file.tensors.find((tensor) => tensor.name === 'model.norm.weight')!);
    expect(norm).toMatchObject({ file: path, dtype: 'f32', shape: [32], length: 128 });
    const bytes = await readFile(path);
    const values = (await readTensor(norm)) as Float32Array;
    expect([...values]).toEqual(
      Array.from({ length: 32 }, (_, i) => bytes.readFloatLE(norm.offset + 4 * i)),
    );
    expect(values.every((value) => value > 0.2 && value < 2)).toBe(true);
  });

  test('takes scalars, empty tensors and types it cannot compute with', async () => {
    const path = await writeRaw(
      await temporaryFolder(),
      'x.safetensors',
      rawSafetensors(
        {
          scalar: f32(0, 4, []),
          empty: { dtype: 'I64', shape: [0, 7], data_offsets: [4, 4] },
          packed: { dtype: 'F4', shape: [2, 3], data_offsets: [4, 7] },
        },
        7,
      ),
    );
    const { tensors } = await openSafetensors(path);
    expect(tensors.map(({ name, length }) => [name, length])).toEqual([
      ['scalar', 4],
      ['empty', 0],
      ['packed', 3],
    ]);
    expect(() => tensorEntry(tensors[2]!)).toThrow(
      'tensor packed has type F4, which cannot be computed with',
    );
    expect(await readTensor(tensors[1]!)).toEqual(new BigInt64Array(0));
  });

  test.each<[string, Uint8Array, string]>([
    [
      'a tiny file',
      Buffer.from('abc'),
      'x: not a safetensors file: 3 bytes, fewer than the 8 of its length field',
    ],
    [
      'a huge header length',
      rawSafetensors('{}', 0, 2 ** 40),
      'x: not a safetensors file: the header would be 1099511627776 bytes long',
    ],
    [
      'a header past the end',
      rawSafetensors('{}', 0, 20),
      'x: truncated: the header ends at byte 28 but the file has 10',
    ],
    ['broken JSON', rawSafetensors('{"a": }'), 'x:1:7: not a JSON value'],
    ['a header list', rawSafetensors('[]'), 'x: the safetensors header is not a JSON object'],
    [
      'invalid UTF-8',
      Buffer.concat([rawSafetensors('', 0, 1), Buffer.from([0xff])]),
      'x: not valid UTF-8',
    ],
    [
      'equal names',
      rawSafetensors(`{"a":${JSON.stringify(f32(0, 4))},"a":${JSON.stringify(f32(4, 8))}}`, 8),
      'x:1:55: the key "a" occurs twice in one object',
    ],
    [
      'metadata of numbers',
      rawSafetensors({ __metadata__: { step: 3 } }),
      'x: __metadata__ key "step" is not a string',
    ],
    [
      'an entry that is no object',
      rawSafetensors({ a: 3 }),
      'x: tensor a: its header entry is not an object',
    ],
    [
      'an unknown field',
      rawSafetensors({ a: { ...f32(0, 4), layout: 'C' } }, 4),
      'x: tensor a: unknown header field "layout"',
    ],
    [
      'an unknown type',
      rawSafetensors({ a: { ...f32(0, 4), dtype: 'F31' } }, 4),
      'x: tensor a: unknown type "F31"',
    ],
    [
      'a fractional shape',
      rawSafetensors({ a: f32(0, 4, [0.5]) }, 4),
      'x: tensor a: the shape [0.5] is not a list of whole numbers',
    ],
    [
      'a negative shape',
      rawSafetensors({ a: f32(0, 4, [-1]) }, 4),
      'x: tensor a: the shape [-1] is not a list of whole numbers',
    ],
    [
      'no shape',
      rawSafetensors({ a: { dtype: 'F32', data_offsets: [0, 4] } }, 4),
      'x: tensor a: the shape null is not a list of whole numbers',
    ],
    [
      'an overflowing shape',
      rawSafetensors({ a: f32(0, 4, [2 ** 40, 2 ** 40]) }, 4),
      'x: tensor a: the size of shape [1099511627776, 1099511627776] of F32 is not a whole ' +
        'number of bytes below 2^53',
    ],
    [
      'half a byte',
      rawSafetensors({ a: { dtype: 'F4', shape: [3], data_offsets: [0, 1] } }, 1),
      'x: tensor a: the size of shape [3] of F4 is not a whole number of bytes below 2^53',
    ],
    [
      'one offset',
      rawSafetensors({ a: { dtype: 'F32', shape: [1], data_offsets: [0] } }, 4),
      'x: tensor a: data_offsets [0] are not two whole numbers',
    ],
    [
      'offsets backwards',
      rawSafetensors({ a: f32(4, 0, [1]) }, 4),
      'x: tensor a: data_offsets [4, 0] run backwards',
    ],
    [
      'a shape too large for its bytes',
      rawSafetensors({ a: f32(0, 4, [2]) }, 4),
      'x: tensor a: shape [2] of F32 needs 8 bytes, data_offsets give 4',
    ],
    [
      'truncated data',
      rawSafetensors({ a: f32(0, 8) }, 4),
      'x: tensor a: truncated: its bytes end at 70 but the file has 66',
    ],
    [
      'overlapping tensors',
      rawSafetensors({ a: f32(0, 8), b: f32(4, 12) }, 12),
      'x: tensor b: its bytes overlap those of the tensor before it',
    ],
    [
      'a gap',
      rawSafetensors({ a: f32(0, 4), b: f32(8, 12) }, 12),
      'x: tensor b: 4 bytes before it belong to no tensor',
    ],
    [
      'bytes at the end',
      rawSafetensors({ a: f32(0, 4) }, 6),
      'x: 2 bytes after the last tensor belong to no tensor',
    ],
  ])('refuses %s', async (_, bytes, message) => {
    expect(await opening(bytes)).toBe(message);
  });

  test('names a file that is not there', async () => {
    await expect(openSafetensors('/nowhere/x.safetensors')).rejects.toMatchObject({
      code: 'missing-file',
      message: '/nowhere/x.safetensors: no such file',
    });
  });

  test('reads beyond 4 GiB', async () => {
    const large = 5 * 2 ** 30;
    const path = join(await temporaryFolder(), 'sparse.safetensors');
    const head = rawSafetensors({ large: f32(0, large), last: f32(large, large + 8) });
    const handle = await open(path, 'w');
    await handle.write(head);
    await handle.write(new Uint8Array(Float32Array.of(1.5, -2).buffer), 0, 8, head.length + large);
    await handle.close();
    const last = (await openSafetensors(path)).tensors[1]!;
    expect(last.offset).toBe(head.length + large);
    expect([...(await readTensor(last))]).toEqual([1.5, -2]);
  });
});
