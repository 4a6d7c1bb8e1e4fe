// Parameters that are not held whole: every block of a placement is read from the file, drawn and
// written back at its place.
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
import type { DeviceBuffer, Initializer, Placement } from '@automodel/contracts';
import { quantizedParts, sizeOf, type DType, type Shape } from '@automodel/core';
import { mirroredHost, referenceBackend } from '@automodel/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { elementRuns } from '../src/memory/element-runs.js';
import type { HeldParameter } from '../src/memory/held-parameter.js';
import { ParameterSet, type Processes } from '../src/memory/parameter-set.js';
import { readPlaced } from '../src/memory/placed-tensor.js';
import { singleProcess } from '../src/parallelism/single-process.js';
import { WeightQuantizer } from '../src/quantization/weight-quantizer.js';

const SHAPE = [6, 5];
const VALUES = Float32Array.from({ length: sizeOf(SHAPE) }, (_, i) => i + 1);

/** The first 3 columns, then the last 2, then two elements of padding. */
const COLUMNS: Placement = {
  shape: [32],
  boxes: () => [
    { start: [0, 3], size: [6, 2], offset: 18 },
    { start: [0, 0], size: [6, 3], offset: 0 },
  ],
};
/** Each of two processes has four rows; the second one has two and padding. */
const ROWS: Placement = {
  shape: [4, 5],
  boxes: (rank) => [{ start: [4 * rank, 0], size: [rank === 0 ? 4 : 2, 5], offset: 0 }],
};

const processes = (rank = 0): Processes => ({
  mesh: { ...singleProcess.mesh, rank },
  host: mirroredHost({ size: 2, rank }),
});

const held = (
  placement: Placement,
  {
    initializer = 'normal',
    dtype = 'f32',
    trained = true,
  }: Partial<HeldParameter> & {
    readonly initializer?: Initializer;
  } = {},
): HeldParameter => ({
  record: { name: 'w', shape: SHAPE, initializer },
  placement,
  dtype,
  trained,
});

const whole: Placement = {
  shape: SHAPE,
  boxes: () => [{ start: [0, 0], size: SHAPE, offset: 0 }],
};

let place: string;
let entry: TensorEntry;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'placement-'));
  const path = join(place, 'w.safetensors');
  await writeSafetensors(path, [sourceOfArray('w', 'f32', SHAPE, VALUES)]);
  entry = tensorEntry((await openSafetensors(path)).tensors[0]!);
});
afterAll(() => rm(place, { recursive: true }));

describe('elementRuns', () => {
  test('joins what is contiguous both in the whole and in memory', () => {
    expect(elementRuns(SHAPE, whole.boxes(0))).toEqual([{ whole: 0, stored: 0, count: 30 }]);
    const halves = [0, 1].map((i) => ({ start: [3 * i, 0], size: [3, 5], offset: 15 * i }));
    expect(elementRuns(SHAPE, halves)).toEqual([{ whole: 0, stored: 0, count: 30 }]);
    expect(elementRuns([2, 3, 4], [{ start: [0, 1, 0], size: [2, 2, 4], offset: 5 }])).toEqual([
      { whole: 4, stored: 5, count: 8 },
      { whole: 16, stored: 13, count: 8 },
    ]);
    expect(elementRuns([2, 2, 2], [{ start: [0, 0, 1], size: [2, 2, 1], offset: 0 }])).toEqual([
      { whole: 1, stored: 0, count: 1 },
      { whole: 3, stored: 1, count: 1 },
      { whole: 5, stored: 2, count: 1 },
      { whole: 7, stored: 3, count: 1 },
    ]);
    expect(elementRuns([], [{ start: [], size: [], offset: 0 }])).toEqual([
      { whole: 0, stored: 0, count: 1 },
    ]);
  });

  test('a process that holds nothing of a parameter has no runs', () => {
    expect(elementRuns(SHAPE, [])).toEqual([]);
    expect(elementRuns(SHAPE, [{ start: [6, 0], size: [0, 5], offset: 0 }])).toEqual([]);
  });
});

describe('ParameterSet', () => {
  const backend = referenceBackend();
  const inMemory = async (set: ParameterSet): Promise<number[]> => {
    const { buffer } = set.get('w');
    const values = new Float32Array(buffer.bytes / 4);
    await backend.download(buffer, 0, values);
    return [...values];
  };

  test('reads blocks from a file and gives the whole back', async () => {
    const set = new ParameterSet(backend, processes());
    await set.load(held(COLUMNS), entry);
    const values = await inMemory(set);
    expect(values.slice(0, 6)).toEqual([1, 2, 3, 6, 7, 8]);
    expect(values.slice(18, 22)).toEqual([4, 5, 9, 10]);
    expect(values.slice(30)).toEqual([0, 0]);
    expect(await set.read('w')).toEqual(VALUES);
    const bytes: number[] = [];
    for await (const chunk of set.sources()[0]!.chunks()) bytes.push(...chunk);
    expect(new Float32Array(Uint8Array.from(bytes).buffer)).toEqual(VALUES);
    set.write(
      'w',
      VALUES.map((x) => -x),
    );
    expect((await inMemory(set)).slice(0, 3)).toEqual([-1, -2, -3]);
  });

  test('each process holds its rows and refuses to give the whole', async () => {
    const second = new ParameterSet(backend, processes(1));
    await second.load(held(ROWS), entry);
    expect(await inMemory(second)).toEqual([...VALUES.subarray(20), ...new Array(10).fill(0)]);
    await expect(second.read('w')).rejects.toThrow('this process holds only a part of w');
  });

  test('rows that are only read are mapped in place in the file', async () => {
    const mapped = async (rank: number): Promise<boolean> => {
      const set = new ParameterSet(backend, processes(rank));
      await set.load(held(ROWS, { trained: false }), entry);
      expect((await inMemory(set))[0]).toBe(1 + 20 * rank);
      return set.get('w').buffer.mapped;
    };
    expect(await mapped(0)).toBe(true);
    expect(await mapped(1)).toBe(false); // padded
  });

  test.each<Initializer>([
    'normal',
    'ones',
    'zeros',
    { distribution: 'uniform', bound: 2 },
    { distribution: 'orthogonal' },
  ])('draws the same values as a whole parameter has: %j', async (initializer) => {
    const drawn = async (placement: Placement, rank = 0): Promise<Float32Array> => {
      const set = new ParameterSet(backend, processes(rank));
      set.initialize(held(placement, { initializer }), {
        seed: 7,
        stream: 3,
        standardDeviation: 0.5,
      });
      return placement === ROWS ? Float32Array.from(await inMemory(set)) : set.read('w');
    };
    const expected = await drawn(whole);
    expect(await drawn(COLUMNS)).toEqual(expected);
    expect((await drawn(ROWS, 1)).subarray(0, 10)).toEqual(expected.subarray(20));
  });

  test('a parameter takes the bytes of its placement', () => {
    const bytes = (placement: Placement, dtype: DType = 'f32'): number => {
      const set = new ParameterSet(backend, processes());
      return set.allocate(held(placement, { dtype })).buffer.bytes;
    };
    expect([bytes(whole), bytes(ROWS), bytes(COLUMNS, 'bf16')]).toEqual([120, 80, 64]);
  });
});

test('parts of a quantised weight are placed too', async () => {
  const backend = referenceBackend();
  const [rows, columns] = [4, 64];
  const weight = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i));
  const path = join(place, 'quantized.safetensors');
  await writeSafetensors(path, [sourceOfArray('w', 'f32', [rows, columns], weight)]);
  const stored = tensorEntry((await openSafetensors(path)).tensors[0]!);
  const parts = quantizedParts('nf4', rows, columns);
  /** The second half of a vector before the first. */
  const swapped = ({ shape: [count = 0] }: { readonly shape: Shape }): Placement => ({
    shape: [count],
    boxes: () => [
      { start: [0], size: [count / 2], offset: count / 2 },
      { start: [count / 2], size: [count / 2], offset: 0 },
    ],
  });
  const quantized = async (placementOf?: typeof swapped) => {
    const set = new ParameterSet(backend, processes());
    await using quantizer = new WeightQuantizer(backend, 'nf4', singleProcess.host);
    const tensors = parts.map(({ name, shape, dtype }) =>
      set.allocate({
        record: { name, shape, initializer: 'zeros', dtype },
        placement: placementOf?.({ shape }) ?? {
          shape,
          boxes: () => [{ start: [0], size: shape, offset: 0 }],
        },
        dtype,
        trained: false,
      }),
    );
    await quantizer.quantize(stored, tensors);
    return Promise.all(
      tensors.map(async (tensor) => ({
        whole: [...(await readPlaced(backend, tensor))],
        memory: await bytesOfBuffer(tensor.buffer),
      })),
    );
  };
  const bytesOfBuffer = async (buffer: DeviceBuffer): Promise<number[]> => {
    const bytes = new Uint8Array(buffer.bytes);
    await backend.download(buffer, 0, bytes);
    return [...bytes];
  };
  const [plain, placed] = [await quantized(), await quantized(swapped)];
  expect(placed.map(({ whole }) => whole)).toEqual(plain.map(({ whole }) => whole));
  placed.forEach(({ memory }, i) => {
    const { whole } = plain[i]!;
    expect(memory).toEqual([...whole.slice(whole.length / 2), ...whole.slice(0, whole.length / 2)]);
  });
});
