// Programs as the native runtime reads them: int64 words and a list of kernel names. The format is
// described in runtime/program.cpp; the runtime checks every word.
import type { DType } from '@automodel/core';

/** dtype codes of kernels/kernel.h. */
export const DTYPE_CODES: Readonly<Record<DType, number>> = {
  f32: 0,
  bf16: 1,
  f16: 2,
  f64: 3,
  i64: 4,
  i32: 5,
  bool: 6,
};

/** A tensor in one of the program's bases. `offset` in bytes, strides in elements. */
export interface NativeTensor {
  readonly base: number;
  readonly offset: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Steps of a stream run in order; `comm` takes collectives only. */
export type NativeStream = keyof typeof STREAM_CODES;

/** Codes of runtime/runtime.h. */
const STREAM_CODES = { compute: 0, comm: 1 } as const;

/** One kernel call; null operands are absent. */
export interface NativeStep {
  readonly kernel: string;
  readonly inputs: readonly (NativeTensor | null)[];
  readonly outputs: readonly (NativeTensor | null)[];
  readonly ints: readonly (number | bigint)[];
  readonly floats: readonly number[];
  readonly workspace: {
    readonly base: number;
    readonly offset: number;
    readonly bytes: number;
  } | null;
  readonly stream?: NativeStream;
  /** The last step of the other stream that must have ended before. Default: none. */
  readonly after?: number;
}

export interface EncodedProgram {
  readonly words: BigInt64Array;
  /** Kernel names, each ended by a newline. */
  readonly names: string;
}

/** Words of a group (kernels/group.h) before the heaps of its ranks. */
export const GROUP_WORDS = 5;

const FORMAT = 1;
const scratch = new DataView(new ArrayBuffer(8));

function floatBits(value: number): bigint {
  scratch.setFloat64(0, value);
  return scratch.getBigInt64(0);
}

class Encoder {
  readonly words: bigint[] = [];
  readonly #names = new Map<string, number>();

  /** A few words: lists that may be long are put one by one. */
  put(...values: readonly (number | bigint)[]): void {
    for (const value of values) this.words.push(BigInt(value));
  }

  tensor(tensor: NativeTensor | null): void {
    if (tensor === null) this.put(-1);
    else
      this.put(
        tensor.shape.length,
        tensor.base,
        tensor.offset,
        DTYPE_CODES[tensor.dtype],
        ...tensor.shape,
        ...tensor.strides,
      );
  }

  step(step: NativeStep): void {
    let kernel = this.#names.get(step.kernel);
    if (kernel === undefined) this.#names.set(step.kernel, (kernel = this.#names.size));
    const { workspace } = step;
    this.put(
      kernel,
      step.inputs.length,
      step.outputs.length,
      step.ints.length,
      step.floats.length,
      workspace?.base ?? -1,
      workspace?.offset ?? 0,
      workspace?.bytes ?? 0,
      STREAM_CODES[step.stream ?? 'compute'],
      step.after ?? -1,
    );
    for (const tensor of [...step.inputs, ...step.outputs]) this.tensor(tensor);
    for (const value of step.ints) this.put(value);
    for (const value of step.floats) this.put(floatBits(value));
  }

  done(): EncodedProgram {
    return {
      words: BigInt64Array.from(this.words),
      names: [...this.#names.keys()].map((name) => `${name}\n`).join(''),
    };
  }
}

/** A whole program over bases of these sizes in bytes. */
export function encodeProgram(
  baseBytes: readonly number[],
  steps: readonly NativeStep[],
): EncodedProgram {
  const encoder = new Encoder();
  encoder.put(FORMAT, baseBytes.length);
  for (const bytes of baseBytes) encoder.put(bytes);
  encoder.put(steps.length);
  for (const step of steps) encoder.step(step);
  return encoder.done();
}

/** One step by itself, for asking how much workspace it needs. */
export function encodeStep(step: NativeStep): EncodedProgram {
  const encoder = new Encoder();
  encoder.step(step);
  return encoder.done();
}
