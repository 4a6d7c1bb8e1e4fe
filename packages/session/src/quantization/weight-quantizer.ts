// Quantises weights while they are loaded: each is mapped, turned into its parts by one program of
// the backend, and unmapped, so that at most one is in memory unquantised.
import type { TensorEntry } from '@automodel/checkpoint';
import type { Backend, DeviceBuffer, Executable } from '@automodel/contracts';
import {
  AutomodelError,
  bytesOf,
  quantize,
  quantizedParts,
  sizeOf,
  trace,
  type DType,
  type QuantizedFormat,
} from '@automodel/core';
import { isWhole, writePlaced, type PlacedTensor } from '../memory/placed-tensor.js';
import { compileProgram } from '../programs/compile-program.js';

const WEIGHT = 'weight';

export class WeightQuantizer implements AsyncDisposable {
  readonly #backend: Backend;
  readonly #format: QuantizedFormat;
  /** One program for each shape and storage dtype. */
  readonly #programs = new Map<string, Executable>();

  constructor(backend: Backend, format: QuantizedFormat) {
    this.#backend = backend;
    this.#format = format;
  }

  /**
   * Fills `parts`, in the format's order, from a weight [rows,columns] in a file. Errors:
   * `unsupported` for f64.
   */
  async quantize(entry: TensorEntry, parts: readonly PlacedTensor[]): Promise<void> {
    const [rows, columns] = entry.shape as [number, number];
    if (entry.dtype === 'f64')
      throw new AutomodelError(
        'unsupported',
        `tensor ${entry.name} is f64: quantisation reads f32, bf16 and f16`,
        { location: entry.file },
      );
    const source = await this.#backend.map(
      { path: entry.file, offset: entry.offset, length: entry.length },
      entry.name,
    );
    const whole = parts.map((part) => wholePart(this.#backend, part));
    try {
      const names = quantizedParts(this.#format, rows, columns).map(({ name }) => name);
      const program = await this.#program(rows, columns, entry.dtype);
      await program.run(
        new Map<string, DeviceBuffer>([
          [WEIGHT, source],
          ...names.map((name, i) => [name, whole[i]!.buffer] as const),
        ]),
      );
      for (const part of whole) await part.place();
    } finally {
      source.close();
      for (const part of whole) part.close();
    }
  }

  async #program(rows: number, columns: number, dtype: DType): Promise<Executable> {
    const key = `${rows},${columns},${dtype}`;
    const known = this.#programs.get(key);
    if (known !== undefined) return known;
    const graph = trace('quantize', (t) => {
      const results = quantize(t.input('parameter', WEIGHT, [rows, columns], dtype), this.#format);
      quantizedParts(this.#format, rows, columns).forEach(({ name }, i) =>
        t.output(name, results[i]!),
      );
    });
    const program = await compileProgram(this.#backend, graph);
    this.#programs.set(key, program);
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs.values()) await program.close();
    this.#programs.clear();
  }
}

/** Memory for a whole part, as the program computes it; `place` copies it to where it is held. */
interface WholePart {
  readonly buffer: DeviceBuffer;
  place(): Promise<void>;
  close(): void;
}

function wholePart(backend: Backend, part: PlacedTensor): WholePart {
  if (isWhole(part))
    return { buffer: part.buffer, place: () => Promise.resolve(), close: () => undefined };
  const { name, shape, dtype } = part;
  const buffer = backend.allocate(sizeOf(shape) * bytesOf(dtype), name);
  return {
    buffer,
    place: async () => {
      const bytes = new Uint8Array(buffer.bytes);
      await backend.download(buffer, 0, bytes);
      writePlaced(backend, part, (start, count) =>
        bytes.subarray(start * bytesOf(dtype), (start + count) * bytesOf(dtype)),
      );
    },
    close: () => buffer.close(),
  };
}
