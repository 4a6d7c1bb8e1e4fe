// Best time of matrix products at shapes of training and decoding, one JSON line for each: shape,
// layout, dtype, GFLOP/s. `bench/gemm_torch.py` prints the same for PyTorch.
// Run from the repository root: node --import tsx --conditions=@automodel/source
// packages/cpu-backend/bench/gemm.ts [threads] [instruction set]
import { bytesOf, type DType } from '@automodel/core';
import { NativePool, NativeProgram } from '../src/native-pool.js';
import type { NativeStep, NativeTensor } from '../src/native-program.js';

const SHAPES: readonly (readonly [m: number, n: number, k: number])[] = [
  [512, 384, 384],
  [2048, 384, 384],
  [2048, 1024, 384],
  [2048, 384, 1024],
  [512, 576, 576],
  [512, 1536, 576],
  [512, 576, 1536],
  [384, 384, 2048],
  [1024, 384, 2048],
  [1536, 576, 512],
  [512, 8192, 576],
  [1024, 1024, 1024],
  [2048, 2048, 2048],
  [1, 2048, 2048],
  [1, 49152, 576],
];
const LAYOUTS = { forward: 'x W^T', backward: 'dy W', weight: 'dy^T x' } as const;

/** Operands of one product, one after the other in memory. */
function operandsOf(
  [m, n, k]: readonly [number, number, number],
  layout: keyof typeof LAYOUTS,
  dtype: DType,
): {
  readonly left: NativeTensor;
  readonly right: NativeTensor;
  readonly out: NativeTensor;
  readonly cOffset: number;
  readonly c: number;
} {
  const size = bytesOf(dtype);
  const [a, b, c] = [m * k * size, k * n * size, m * n * (layout === 'weight' ? 4 : size)];
  const [bOffset, cOffset] = [a, a + b].map((x) => Math.ceil(x / 64) * 64) as [number, number];
  const left: NativeTensor = {
    base: 0,
    offset: 0,
    dtype,
    shape: [m, k],
    strides: layout === 'weight' ? [1, m] : [k, 1],
  };
  const right: NativeTensor = {
    base: 0,
    offset: bOffset,
    dtype,
    shape: [k, n],
    strides: layout === 'forward' ? [1, k] : [n, 1],
  };
  const out: NativeTensor = {
    base: 0,
    offset: cOffset,
    dtype: layout === 'weight' ? 'f32' : dtype,
    shape: [m, n],
    strides: [n, 1],
  };
  return { left, right, out, cOffset, c };
}

function time(
  pool: NativePool,
  [m, n, k]: readonly [number, number, number],
  layout: keyof typeof LAYOUTS,
  dtype: DType,
): number {
  const { left, right, out, cOffset, c } = operandsOf([m, n, k], layout, dtype);
  const bare: NativeStep = {
    kernel: 'gemm',
    inputs: [left, right],
    outputs: [out],
    ints: [dtype === 'bf16' ? 1 : 0],
    floats: [],
    workspace: null,
  };
  const workspace = pool.workspaceBytes(bare);
  const at = Math.ceil((cOffset + c) / 64) * 64;
  const total = at + workspace;
  const address = pool.library.allocate(total);
  const values =
    dtype === 'f32'
      ? Float32Array.from({ length: Math.floor(cOffset / 4) }, (_, i) => (i % 17) / 17 - 0.5)
      : Uint16Array.from({ length: Math.floor(cOffset / 2) }, (_, i) => 0x3f00 + (i % 17));
  pool.library.copy_in(address, values, values.byteLength);
  // With one thread, its processor time is measured rather than the clock: that does not count what
  // other processes take.
  const clock =
    pool.threads === 1
      ? (): number => process.cpuUsage().user * 1e3 + process.cpuUsage().system * 1e3
      : (): number => performance.now() * 1e6;
  const repeats = Math.max(3, Math.min(50, Math.round(2e10 / (2 * m * n * k))));
  const step = {
    ...bare,
    workspace: workspace === 0 ? null : { base: 0, offset: at, bytes: workspace },
  };
  const program = new NativeProgram(pool, [total], new Array<NativeStep>(repeats).fill(step));
  program.bind(0, address);
  let best = Infinity;
  for (let i = 0; i < 4; i++) {
    const start = clock();
    program.runBlocking({ profile: pool.threads > 1 });
    best = Math.min(
      best,
      pool.threads === 1 ? (clock() - start) / repeats : Math.min(...program.profile()),
    );
  }
  program.close();
  pool.library.free(address, total);
  return (2 * m * n * k) / best;
}

const pool = new NativePool(Number(process.argv[2] ?? 2), process.argv[3] ?? '');
for (const dtype of ['f32', 'bf16'] as const)
  for (const shape of SHAPES)
    for (const layout of Object.keys(LAYOUTS) as (keyof typeof LAYOUTS)[]) {
      if (shape[0] === 1 && layout !== 'forward') continue;
      const gflops = Math.round(time(pool, shape, layout, dtype));
      const line = JSON.stringify({ shape: shape.join('x'), layout, dtype, gflops });
      process.stdout.write(`${line}\n`);
    }
pool.close();
