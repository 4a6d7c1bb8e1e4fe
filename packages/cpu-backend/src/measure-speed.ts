// How fast this machine is, measured once within some tens of milliseconds: matrix products in f32
// and bf16, and copies larger than its caches. Only time estimates use it.
import type { DType } from '@automodel/core';
import { CpuBuffer } from './cpu-buffer.js';
import type { Address } from './library.js';
import { NativeProgram, type NativePool } from './native-pool.js';
import type { NativeStep, NativeTensor } from './native-program.js';

/** Floating-point operations and bytes per second. */
export interface Speed {
  readonly f32: number;
  readonly bf16: number;
  readonly bandwidth: number;
}

const SIZE = 512;
const COPY_ELEMENTS = 8 * 2 ** 20;
const REPEATS = 3;

/**
 * Seconds of the fastest run. Operand i is base i; the workspace, if needed, is a base of its own.
 */
function bestSeconds(pool: NativePool, operandBytes: readonly number[], call: NativeStep): number {
  const onBaseZero = (tensor: NativeTensor | null): NativeTensor | null =>
    tensor === null ? null : { ...tensor, base: 0 };
  const bytes = pool.workspaceBytes({
    ...call,
    inputs: call.inputs.map(onBaseZero),
    outputs: call.outputs.map(onBaseZero),
  });
  const baseBytes = [...operandBytes, bytes];
  const step: NativeStep = {
    ...call,
    workspace: bytes === 0 ? null : { base: operandBytes.length, offset: 0, bytes },
  };
  const program = new NativeProgram(pool, baseBytes, [step]);
  const buffers = baseBytes.map((bytes) => CpuBuffer.allocate(pool.library, bytes, 'speed test'));
  buffers.forEach((buffer, i) => program.bind(i, buffer.address() as Address));
  let best = Infinity;
  for (let i = 0; i <= REPEATS; i++) {
    const start = process.hrtime.bigint();
    program.runBlocking();
    if (i > 0) best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e9);
  }
  program.close();
  for (const buffer of buffers) buffer.close();
  return best;
}

const tensor = (base: number, dtype: DType, shape: readonly [number, number]): NativeTensor => ({
  base,
  offset: 0,
  dtype,
  shape,
  strides: [shape[1], 1],
});

export function measureSpeed(pool: NativePool): Speed {
  const square = [SIZE, SIZE] as const;
  const product = (dtype: DType, bytes: number, compute: number): number => {
    const step: NativeStep = {
      kernel: 'gemm',
      inputs: [tensor(0, dtype, square), tensor(1, dtype, square), null, null, null],
      outputs: [tensor(2, dtype, square)],
      ints: [compute],
      floats: [1],
      workspace: null,
    };
    return (
      (2 * SIZE ** 3) /
      bestSeconds(
        pool,
        [0, 1, 2].map(() => SIZE * SIZE * bytes),
        step,
      )
    );
  };
  const rows = [COPY_ELEMENTS / 1024, 1024] as const;
  const copy: NativeStep = {
    kernel: 'copy',
    inputs: [tensor(0, 'f32', rows)],
    outputs: [tensor(1, 'f32', rows)],
    ints: [],
    floats: [],
    workspace: null,
  };
  return {
    f32: product('f32', 4, 0),
    bf16: product('bf16', 2, 1),
    bandwidth:
      (8 * COPY_ELEMENTS) / bestSeconds(pool, [4 * COPY_ELEMENTS, 4 * COPY_ELEMENTS], copy),
  };
}
