// Best time of matrix products at shapes of training and decoding, one JSON line for each: shape,
// layout, dtype, GFLOP/s. With --torch, PyTorch computes each in turn; then lines have its GFLOP/s
// and the ratio too, and geometric means of the ratios follow, for each dtype and layout.
// Run from the repository root: node --import tsx --conditions=@automodel/source
// packages/cpu-backend/bench/gemm.ts [threads] [instruction set] [--torch PYTHON] [--only f32|bf16]
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bytesOf } from '@automodel/core';
import { startTorch } from '../../../benchmarks/torch-side.mjs';
import { NativePool, NativeProgram } from '../src/native-pool.js';
import type { NativeStep, NativeTensor } from '../src/native-program.js';
import { productsOf, type Product } from './gemm-products.js';

/** Operands of one product, one after the other in memory. */
function operandsOf({ m, n, k, layout, dtype }: Product): {
  readonly left: NativeTensor;
  readonly right: NativeTensor;
  readonly out: NativeTensor;
  readonly end: number;
} {
  const size = bytesOf(dtype);
  const isWeight = layout.startsWith('weight');
  const [a, b, c] = [m * k * size, k * n * size, m * n * (isWeight ? 4 : size)];
  const [bOffset, cOffset] = [a, a + b].map((x) => Math.ceil(x / 64) * 64) as [number, number];
  const left: NativeTensor = {
    base: 0,
    offset: 0,
    dtype,
    shape: [m, k],
    strides: isWeight || layout === 'both' ? [1, m] : [k, 1],
  };
  const right: NativeTensor = {
    base: 0,
    offset: bOffset,
    dtype,
    shape: [k, n],
    strides: layout === 'forward' || layout === 'both' ? [1, k] : [n, 1],
  };
  const out: NativeTensor = {
    base: 0,
    offset: cOffset,
    dtype: isWeight ? 'f32' : dtype,
    shape: [m, n],
    strides: [n, 1],
  };
  return { left, right, out, end: cOffset + c };
}

/** GFLOP/s of the best run. */
function time(pool: NativePool, product: Product): number {
  const { m, n, k, layout, dtype } = product;
  const { left, right, out, end } = operandsOf(product);
  const bare: NativeStep = {
    kernel: 'gemm',
    inputs: layout.endsWith('-add') ? [left, right, null, out] : [left, right],
    outputs: [out],
    ints: [dtype === 'bf16' ? 1 : 0],
    floats: [],
    workspace: null,
  };
  const workspace = pool.workspaceBytes(bare);
  const at = Math.ceil(end / 64) * 64;
  const total = at + workspace;
  const address = pool.library.allocate(total);
  const values =
    dtype === 'f32'
      ? Float32Array.from({ length: Math.floor(out.offset / 4) }, (_, i) => (i % 17) / 17 - 0.5)
      : Uint16Array.from({ length: Math.floor(out.offset / 2) }, (_, i) => 0x3f00 + (i % 17));
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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { torch: { type: 'string' }, only: { type: 'string' } },
});
const [threads = '2', set = ''] = positionals;
const write = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

/** Logarithms of the ratios, by what they are of. */
const ratios = new Map<string, number[]>();
const note = (what: string, ratio: number): void =>
  void ratios.set(what, [...(ratios.get(what) ?? []), Math.log(ratio)]);

const pool = new NativePool(Number(threads), set);
const script = fileURLToPath(new URL('gemm_torch.py', import.meta.url));
const torch =
  values.torch === undefined ? undefined : startTorch(values.torch, script, Number(threads));
for (const dtype of ['f32', 'bf16'] as const) {
  if (values.only !== undefined && values.only !== dtype) continue;
  for (const product of productsOf(dtype)) {
    const { m, n, k, layout } = product;
    const ours = time(pool, product);
    const line = { shape: `${m}x${n}x${k}`, layout, dtype, gflops: round(ours) };
    if (torch === undefined) {
      write(line);
      continue;
    }
    const { gflops: theirs } = (await torch.measure(product)) as { readonly gflops: number };
    write({ ...line, torch: round(theirs), ratio: round(ours / theirs, 2) });
    note(dtype, ours / theirs);
    note(`${dtype} ${layout}`, ours / theirs);
  }
}
for (const [of, logarithms] of ratios) {
  const mean = logarithms.reduce((sum, value) => sum + value, 0) / logarithms.length;
  write({ of, products: logarithms.length, geometric_mean: round(Math.exp(mean), 3) });
}
torch?.close();
pool.close();
