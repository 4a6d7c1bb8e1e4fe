// Calls one kernel on host data: operands are copied into one native block, a one-step program runs
// on a pool, results are copied out as numbers.
// Strides, byte offsets and missing operands can be given, so that kernels are tested on views and
// unaligned data as plans use them.
import { bytesOf, type DType } from '@automodel/core';
import { NativeProgram, type NativePool } from '../../src/native-pool.js';
import type { NativeStep, NativeTensor } from '../../src/native-program.js';

/** An operand: `values` fill the memory from the first element on (before strides apply). */
export interface Operand {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** In elements; row-major when left out. */
  readonly strides?: readonly number[];
  /** Element at which the view starts. */
  readonly start?: number;
  readonly values?: ArrayLike<number | bigint>;
  /** Name of another operand ('in0', 'out1') whose memory this one is. */
  readonly alias?: string;
  /** Bytes by which the memory is shifted off its alignment. */
  readonly shift?: number;
}

export interface KernelCall {
  readonly kernel: string;
  readonly inputs: readonly (Operand | null)[];
  readonly outputs: readonly (Operand | null)[];
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
}

export const rowMajor = (shape: readonly number[]): number[] => {
  const strides = new Array<number>(shape.length).fill(1);
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = strides[d + 1]! * shape[d + 1]!;
  return strides;
};

/** Elements of memory that an operand spans. */
function span(operand: Operand): number {
  if (operand.shape.some((n) => n === 0)) return 0;
  const strides = operand.strides ?? rowMajor(operand.shape);
  return (operand.start ?? 0) + operand.shape.reduce((sum, n, d) => sum + (n - 1) * strides[d]!, 1);
}

const half = new DataView(new ArrayBuffer(4));

/** The bits of a number in bf16 or f16, rounded to nearest even. */
export function toBits16(value: number, dtype: 'bf16' | 'f16'): number {
  half.setFloat32(0, value);
  const bits = half.getUint32(0);
  if (dtype === 'bf16')
    return Number.isNaN(value)
      ? (bits >>> 16) | 0x40
      : ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = Math.abs(Math.fround(value));
  if (Number.isNaN(value)) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude === 0 ? 1e-30 : magnitude)));
  const scaled = magnitude / 2 ** (exponent - 10);
  const whole = Math.floor(scaled);
  const rounded =
    scaled - whole > 0.5 || (scaled - whole === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
  return sign | ((exponent + 14) * 1024 + rounded);
}

/** The number that 16 bits stand for. */
export function fromBits16(bits: number, dtype: 'bf16' | 'f16'): number {
  if (dtype === 'bf16') {
    half.setUint32(0, bits << 16);
    return half.getFloat32(0);
  }
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** A number as a storage type holds it. */
export function rounded(value: number, dtype: DType): number {
  if (dtype === 'f32') return Math.fround(value);
  return dtype === 'bf16' || dtype === 'f16' ? fromBits16(toBits16(value, dtype), dtype) : value;
}

function write(view: DataView, at: number, dtype: DType, value: number | bigint): void {
  if (dtype === 'i64') view.setBigInt64(at, BigInt(value), true);
  else if (dtype === 'i32') view.setInt32(at, Number(value), true);
  else if (dtype === 'bool') view.setUint8(at, Number(value));
  else if (dtype === 'f64') view.setFloat64(at, Number(value), true);
  else if (dtype === 'f32') view.setFloat32(at, Number(value), true);
  else view.setUint16(at, toBits16(Number(value), dtype), true);
}

function read(view: DataView, at: number, dtype: DType): number {
  if (dtype === 'i64') return Number(view.getBigInt64(at, true));
  if (dtype === 'i32') return view.getInt32(at, true);
  if (dtype === 'bool') return view.getUint8(at);
  if (dtype === 'f64') return view.getFloat64(at, true);
  if (dtype === 'f32') return view.getFloat32(at, true);
  return fromBits16(view.getUint16(at, true), dtype);
}

/** Elements of an operand's view in row-major order, read from its memory. */
function gather(view: DataView, at: number, operand: Operand): number[] {
  const strides = operand.strides ?? rowMajor(operand.shape);
  const total = operand.shape.reduce((a, b) => a * b, 1);
  return Array.from({ length: total }, (_, index) => {
    let [rest, element] = [index, operand.start ?? 0];
    for (let d = operand.shape.length - 1; d >= 0; d--) {
      element += (rest % operand.shape[d]!) * strides[d]!;
      rest = Math.floor(rest / operand.shape[d]!);
    }
    return read(view, at + element * bytesOf(operand.dtype), operand.dtype);
  });
}

/** Runs the kernel once; each output's elements in row-major order (null for absent ones). */
export async function callKernel(pool: NativePool, call: KernelCall): Promise<(number[] | null)[]> {
  const places = new Map<string, number>();
  const all = [
    ...call.inputs.map((operand, i) => ({ name: `in${i}`, operand })),
    ...call.outputs.map((operand, i) => ({ name: `out${i}`, operand })),
  ];
  let bytes = 64;
  for (const { name, operand } of all) {
    if (operand === null || operand.alias !== undefined) continue;
    places.set(name, bytes + (operand.shift ?? 0));
    bytes +=
      Math.ceil((span(operand) * bytesOf(operand.dtype) + (operand.shift ?? 0)) / 64) * 64 + 64;
  }
  const placeOf = (name: string, operand: Operand): number => places.get(operand.alias ?? name)!;
  const tensor = ({ name, operand }: (typeof all)[number]): NativeTensor | null =>
    operand === null
      ? null
      : {
          base: 0,
          offset: placeOf(name, operand) + (operand.start ?? 0) * bytesOf(operand.dtype),
          dtype: operand.dtype,
          shape: operand.shape,
          strides: operand.strides ?? rowMajor(operand.shape),
        };
  const bare: NativeStep = {
    kernel: call.kernel,
    inputs: all.slice(0, call.inputs.length).map(tensor),
    outputs: all.slice(call.inputs.length).map(tensor),
    ints: call.ints ?? [],
    floats: call.floats ?? [],
    workspace: null,
  };
  const workspace = pool.workspaceBytes(bare);
  const total = bytes + workspace;
  const address = pool.library.allocate(total);
  const program = new NativeProgram(
    pool,
    [total],
    [{ ...bare, workspace: workspace === 0 ? null : { base: 0, offset: bytes, bytes: workspace } }],
  );
  try {
    // what a kernel must not read or leave unwritten is NaN
    const host = Buffer.alloc(bytes, 0xff);
    const view = new DataView(host.buffer, host.byteOffset, bytes);
    for (const { name, operand } of all)
      if (operand?.values !== undefined)
        Array.from(operand.values).forEach((value, i) =>
          write(view, placeOf(name, operand) + i * bytesOf(operand.dtype), operand.dtype, value),
        );
    pool.library.copy_in(address, host, bytes);
    program.bind(0, address);
    await program.run();
    pool.library.copy_out(host, address, bytes);
    return call.outputs.map((operand, i) =>
      operand === null ? null : gather(view, placeOf(`out${i}`, operand), operand),
    );
  } finally {
    program.close();
    pool.library.free(address, total);
  }
}

/** Pseudo-random numbers in [-1, 1), the same for the same seed. */
export function randomValues(count: number, seed: number): number[] {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}
