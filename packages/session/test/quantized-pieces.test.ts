// A quantised weight that processes hold in pieces has the bits of one that is quantised whole, and
// a process reads no more of the file than the blocks it holds a part of.
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
import type { Backend, HostGroup, Placement } from '@automodel/contracts';
import {
  encodeHostData,
  quantizedParts,
  quantizeOp,
  sizeOf,
  type QuantizedFormat,
} from '@automodel/core';
import { referenceBackend, simulatedRanks } from '@automodel/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ParameterSet } from '../src/memory/parameter-set.js';
import { singleProcess } from '../src/parallelism/single-process.js';
import { WeightQuantizer } from '../src/quantization/weight-quantizer.js';

const [ROWS, COLUMNS] = [130, 515];
const VALUES = Float32Array.from(
  { length: ROWS * COLUMNS },
  (_, i) => Math.sin(i) * (1 + Math.floor(i / 5000)),
);

let place: string;
let entry: TensorEntry;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'automodel-pieces-'));
  const path = join(place, 'weight.safetensors');
  await writeSafetensors(path, [sourceOfArray('w', 'f32', [ROWS, COLUMNS], VALUES)]);
  entry = tensorEntry((await openSafetensors(path)).tensors[0]!);
});
afterAll(() => rm(place, { recursive: true }));

/** Equal runs of elements, the last padded. */
const cutIn = (count: number, size: number): Placement => {
  const held = Math.ceil(size / count);
  return {
    shape: [held],
    cutAlong: ['dp_shard'],
    boxes: (rank) => {
      const start = Math.min(size, held * rank);
      const own = Math.min(held, size - start);
      return own === 0 ? [] : [{ start: [start], size: [own], offset: 0 }];
    },
  };
};

interface Held {
  /** What a process holds of each part, as bytes. */
  readonly parts: readonly Uint8Array[];
  readonly bytesRead: number;
}

async function quantizeOn(
  backend: Backend,
  host: HostGroup,
  format: QuantizedFormat,
  pieceElements: number,
): Promise<Held> {
  let bytesRead = 0;
  const counting: Backend = Object.create(backend, {
    map: {
      value: (...[range, label]: Parameters<Backend['map']>) => {
        bytesRead += range.length;
        return backend.map(range, label);
      },
    },
  }) as Backend;
  const mesh = { ...singleProcess.mesh, size: host.size, rank: host.rank };
  const set = new ParameterSet(counting, { mesh, host });
  const tensors = quantizedParts(format, ROWS, COLUMNS).map(({ name, shape, dtype }) =>
    set.allocate({
      record: { name, shape, initializer: 'zeros', dtype },
      placement: cutIn(host.size, shape[0]!),
      dtype,
      trained: false,
    }),
  );
  await using quantizer = new WeightQuantizer(counting, format, host, pieceElements);
  await quantizer.quantize(entry, tensors);
  const parts = tensors.map(async ({ buffer }) => {
    const bytes = new Uint8Array(buffer.bytes);
    await backend.download(buffer, 0, bytes);
    return bytes;
  });
  return { parts: await Promise.all(parts), bytesRead };
}

/** The parts as the op computes them from the whole weight. */
function whole(format: QuantizedFormat): readonly Uint8Array[] {
  const types = quantizedParts(format, ROWS, COLUMNS);
  const results = quantizeOp.reference!(
    [{ shape: [ROWS, COLUMNS], dtype: 'f32', data: Float64Array.from(VALUES) }],
    { format },
    types,
  );
  return results.map((result) => encodeHostData(result.dtype, result.data));
}

test.each<[QuantizedFormat, number]>([
  ['nf4', 64],
  ['nf4_double', 64 * 256],
  ['int8', 4 * COLUMNS],
])('%s over processes, piece by piece', async (format, block) => {
  const expected = whole(format);
  const alone = await quantizeOn(referenceBackend(), singleProcess.host, format, 20_000);
  // not toEqual: a difference would be printed byte by byte
  const same = alone.parts.map((part, i) => Buffer.from(part).equals(expected[i]!));
  expect(same).toEqual(expected.map(() => true));
  expect(alone.bytesRead).toBe(4 * VALUES.length);
  for (const size of [2, 3]) {
    const ranks = await Promise.all(
      simulatedRanks([{ name: 'dp_shard', size }]).map(({ backend, host }) =>
        quantizeOn(backend, host, format, 20_000),
      ),
    );
    expected.forEach((part, i) => {
      const joined = Buffer.concat(ranks.map(({ parts }) => parts[i]!));
      expect(joined.subarray(0, part.length).equals(part)).toBe(true);
      expect(joined.subarray(part.length).every((byte) => byte === 0)).toBe(true);
    });
    const share = sizeOf(entry.shape) / size;
    for (const { bytesRead } of ranks)
      expect(bytesRead).toBeLessThanOrEqual(4 * (share + 3 * block));
  }
});
