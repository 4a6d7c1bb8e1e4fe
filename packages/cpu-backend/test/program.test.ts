// Programs and pools: what is refused and in which words, abort, scan, profile, and that the event
// loop stays free while a program runs.
import { afterAll, describe, expect, it } from 'vitest';
import { NativePool, NativeProgram } from '../src/native-pool.js';
import type { NativeStep, NativeTensor } from '../src/native-program.js';

const pool = new NativePool(2);
afterAll(() => pool.close());

const tensor = (
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
  more: Partial<NativeTensor> = {},
): NativeTensor => ({ base: 0, offset, dtype: 'f32', shape, strides, ...more });

/** C = A B over squares of side `n`: A, B and C follow one another. */
function product(n: number, more: Partial<NativeStep> = {}): NativeStep {
  const bytes = n * n * 4;
  const at = (i: number): NativeTensor => tensor(i * bytes, [n, n], [n, 1]);
  const bare: NativeStep = {
    kernel: 'gemm',
    inputs: [at(0), at(1)],
    outputs: [at(2)],
    ints: [0],
    floats: [],
    workspace: null,
  };
  const workspace = pool.workspaceBytes(bare);
  return {
    ...bare,
    workspace:
      workspace === 0
        ? null
        : { base: 0, offset: Math.ceil((3 * bytes) / 64) * 64, bytes: workspace },
    ...more,
  };
}

const bytesFor = (n: number): number =>
  Math.ceil((3 * n * n * 4) / 64) * 64 + (product(n).workspace?.bytes ?? 0);

async function withMemory<T>(bytes: number, body: (address: number) => Promise<T>): Promise<T> {
  const address = pool.library.allocate(bytes);
  try {
    return await body(address);
  } finally {
    pool.library.free(address, bytes);
  }
}

describe('a program', () => {
  const refused: Record<string, [steps: readonly NativeStep[], message: string]> = {
    'an unknown kernel': [[{ ...product(8), kernel: 'gemmm' }], 'step 0: no kernel is named gemmm'],
    'a tensor beyond its base': [
      [product(8), product(8, { outputs: [tensor(1 << 20, [8, 8], [8, 1])] })],
      'step 1: a tensor reaches beyond its base',
    ],
    'a stride that leaves the base': [
      [product(8, { outputs: [tensor(0, [8, 8], [1 << 30, 1])] })],
      'step 0: a tensor reaches beyond its base',
    ],
    'a negative stride that leaves the base': [
      [product(8, { outputs: [tensor(0, [8, 8], [-8, 1])] })],
      'step 0: a tensor reaches beyond its base',
    ],
    'a base that does not exist': [
      [product(8, { outputs: [tensor(0, [8, 8], [8, 1], { base: 3 })] })],
      'step 0: a tensor names a base that does not exist',
    ],
    'shapes that do not agree': [
      [product(8, { outputs: [tensor(0, [8, 7], [8, 1])] })],
      'step 0, gemm: the shapes of A, B and C do not agree',
    ],
    'a product on the stream of collectives': [
      [{ ...product(8), stream: 'comm' }],
      'step 0: only collectives are on a stream of their own',
    ],
    'a step that waits for itself': [
      [product(8), { ...product(8), after: 1 }],
      'step 1: comes after itself or a later step',
    ],
    'too few operands': [[product(8, { inputs: [] })], 'step 0, gemm: takes A, B'],
    'no workspace': [[product(64, { workspace: null })], 'step 0 has no workspace: gemm'],
    'a short workspace': [
      [product(64, { workspace: { base: 0, offset: 0, bytes: 64 } })],
      'step 0: the workspace is too small for gemm',
    ],
    'a rank above 8': [
      [
        product(8, {
          outputs: [tensor(0, new Array<number>(9).fill(1), new Array<number>(9).fill(1))],
        }),
      ],
      "step 0: a tensor's rank must be",
    ],
  };
  it.each(Object.keys(refused))('with %s is refused', (name) => {
    const [steps, message] = refused[name]!;
    expect(() => new NativeProgram(pool, [bytesFor(64)], steps)).toThrow(message);
  });

  it('needs an instruction set of the machine and a sensible number of threads', () => {
    expect(() => new NativePool(2, 'mmx')).toThrow('no instruction set named mmx');
    expect(() => new NativePool(0)).toThrow('the number of threads must be 1 to 256');
  });

  it('does nothing when it has no steps', async () => {
    const program = new NativeProgram(pool, [64], []);
    expect((await program.run()).status).toBe('done');
    program.close();
  });

  it('measures its steps', async () => {
    await withMemory(bytesFor(128), async (address) => {
      const program = new NativeProgram(pool, [bytesFor(128)], [product(128), product(128)]);
      program.bind(0, address);
      await program.run({ profile: true });
      expect(program.profile().map((ns) => ns > 0)).toEqual([true, true]);
      expect(program.scratchBytes).toBeGreaterThan(0);
      program.close();
    });
  });

  it('names the first result that is not finite when it scans', async () => {
    await withMemory(bytesFor(16), async (address) => {
      const program = new NativeProgram(pool, [bytesFor(16)], [product(16), product(16)]);
      program.bind(0, address);
      const values = new Float32Array(512).fill(1);
      values[5 * 16 + 2] = Infinity;
      pool.library.copy_in(address, values, values.byteLength);
      expect(await program.run({ scan: true })).toEqual({
        status: 'not-finite',
        step: 0,
        output: 0,
        element: 5 * 16,
      });
      expect((await program.run()).status).toBe('done');
      program.close();
    });
  });

  it('leaves the event loop free, and stops when told to', async () => {
    const n = 512;
    await withMemory(bytesFor(n), async (address) => {
      const program = new NativeProgram(
        pool,
        [bytesFor(n)],
        new Array<NativeStep>(4000).fill(product(n)),
      );
      program.bind(0, address);
      let ticks = 0;
      const timer = setInterval(() => {
        if (++ticks === 3) program.abort();
      }, 5);
      const outcome = await program.run();
      clearInterval(timer);
      expect(outcome.status).toBe('aborted');
      expect(outcome.step).toBeLessThan(3999);
      expect(ticks).toBeGreaterThanOrEqual(3);
      program.close();
    });
  });

  it('runs many short programs in a row on more threads than processors', async () => {
    const many = new NativePool(7);
    await withMemory(bytesFor(32), async (address) => {
      const program = new NativeProgram(
        many,
        [bytesFor(32)],
        new Array<NativeStep>(50).fill(product(32)),
      );
      program.bind(0, address);
      for (let i = 0; i < 100; i++) expect((await program.run()).status).toBe('done');
      program.close();
    });
    many.close();
  });
});
