// Quantises weights while they are loaded: a process reads the blocks that it holds a part of,
// piece by piece, so that little is in memory unquantised and nothing is read for others.
import type { TensorEntry } from '@automodel/checkpoint';
import type { Backend, DeviceBuffer, Executable, HostGroup, Placement } from '@automodel/contracts';
import {
  AutomodelError,
  QUANTIZED_BLOCK,
  bytesOf,
  NESTED_QUANTIZED_BLOCK,
  quantize,
  quantizedParts,
  quantizeMaxima,
  sizeOf,
  trace,
  type DType,
  type QuantizedFormat,
} from '@automodel/core';
import { writeRange, type PlacedTensor } from '../memory/placed-tensor.js';
import { singleProcess } from '../parallelism/single-process.js';
import { compileProgram } from '../programs/compile-program.js';
import { maximaOffset, type RangeMaxima } from './maxima-offset.js';
import {
  blockOf,
  elementsPer,
  piecesOf,
  weightRanges,
  type ElementRange,
  type HeldPart,
} from './weight-ranges.js';

const WEIGHT = 'weight';
const PIECE_ELEMENTS = 1 << 22;

/** A part and which pieces of it processes hold. */
export type PlacedPart = PlacedTensor & { readonly placement: Pick<Placement, 'cutAlong'> };

/** The program for pieces of one size, and the memory of its results. */
interface PieceProgram {
  readonly executable: Executable;
  readonly results: readonly DeviceBuffer[];
}

/** Codes and maxima of one piece, as bytes. */
type PieceParts = readonly [codes: Uint8Array, absmax: Uint8Array];

interface Weight {
  readonly entry: TensorEntry;
  readonly columns: number;
  /** In the format's order. */
  readonly parts: readonly (HeldPart & { readonly tensor: PlacedPart })[];
  readonly ranges: readonly ElementRange[];
}

export class WeightQuantizer implements AsyncDisposable {
  readonly #backend: Backend;
  readonly #format: QuantizedFormat;
  readonly #host: HostGroup;
  readonly #pieceElements: number;
  /** One for each size and storage dtype. */
  readonly #programs = new Map<string, PieceProgram>();

  /**
   * `host`: the processes that hold pieces of the weights. `pieceElements`: how many are quantised
   * at a time, unless a block is larger.
   */
  constructor(
    backend: Backend,
    format: QuantizedFormat,
    host: HostGroup,
    pieceElements = PIECE_ELEMENTS,
  ) {
    this.#backend = backend;
    this.#format = format;
    this.#host = host;
    this.#pieceElements = pieceElements;
  }

  /**
   * Fills `parts`, in the format's order, from a weight [rows,columns] in a file. Every process
   * calls it. Errors: `unsupported` for f64.
   */
  async quantize(entry: TensorEntry, parts: readonly PlacedPart[]): Promise<void> {
    const [rows, columns] = entry.shape as [number, number];
    if (entry.dtype === 'f64')
      throw new AutomodelError(
        'unsupported',
        `tensor ${entry.name} is f64: quantisation reads f32, bf16 and f16`,
        { location: entry.file },
      );
    const held = quantizedParts(this.#format, rows, columns).map(({ name }, i) => ({
      name,
      tensor: parts[i]!,
    }));
    const ranges = weightRanges(held, this.#format, rows, columns);
    const weight = { entry, columns, parts: held, ranges };
    if (this.#format === 'nf4_double') await this.#quantizeTwice(weight);
    else await this.#quantizeOnce(weight);
  }

  async #quantizeOnce({ entry, columns, parts, ranges }: Weight): Promise<void> {
    for (const piece of this.#pieces(ranges, columns)) {
      const results = await this.#quantizePiece(entry, piece, columns);
      parts.forEach(({ name, tensor }, i) =>
        this.#write(tensor, piece.start / elementsPer(name, this.#format, columns), results[i]!),
      );
    }
  }

  /** The maxima of blocks are held as codes too, after their mean is known. */
  async #quantizeTwice({ entry, columns, parts, ranges }: Weight): Promise<void> {
    const [codes, absmax, nestedAbsmax, nestedOffset] = parts.map(({ tensor }) => tensor);
    const own = ranges.map(({ start, end }): RangeMaxima & { readonly start: number } => ({
      start,
      first: start / (QUANTIZED_BLOCK * NESTED_QUANTIZED_BLOCK),
      maxima: new Float32Array(Math.ceil((end - start) / QUANTIZED_BLOCK)),
    }));
    for (const [i, { start, maxima }] of own.entries())
      for (const piece of this.#pieces([ranges[i]!], columns)) {
        const results = await this.#quantizePiece(entry, piece, columns);
        this.#write(codes!, piece.start / elementsPer('codes', this.#format, columns), results[0]);
        new Uint8Array(maxima.buffer).set(
          results[1],
          ((piece.start - start) / QUANTIZED_BLOCK) * maxima.BYTES_PER_ELEMENT,
        );
      }
    const isCut = (absmax!.placement.cutAlong ?? []).length > 0;
    const blocks = Math.ceil(sizeOf(entry.shape) / QUANTIZED_BLOCK);
    const offset = await maximaOffset(own, blocks, isCut ? this.#host : singleProcess.host);
    for (const { start, first, maxima } of own) {
      const bytes = new Uint8Array(Math.ceil(maxima.length / 4) * 4);
      const nested = quantizeMaxima(maxima, offset, bytes);
      this.#write(absmax!, start / elementsPer('absmax', this.#format, columns), bytes);
      this.#write(nestedAbsmax!, first, new Uint8Array(nested.buffer));
    }
    this.#write(nestedOffset!, 0, new Uint8Array(Float32Array.of(offset).buffer));
  }

  #pieces(ranges: readonly ElementRange[], columns: number): readonly ElementRange[] {
    return piecesOf(ranges, blockOf(this.#format, columns), this.#pieceElements);
  }

  #write(tensor: PlacedTensor, start: number, bytes: Uint8Array): void {
    writeRange(this.#backend, tensor, start, bytes);
  }

  async #quantizePiece(
    { file, offset, dtype, name }: TensorEntry,
    { start, end }: ElementRange,
    columns: number,
  ): Promise<PieceParts> {
    const { executable, results } = await this.#program(end - start, columns, dtype);
    const size = bytesOf(dtype);
    const range = { path: file, offset: offset + start * size, length: (end - start) * size };
    const source = await this.#backend.map(range, name);
    try {
      const [codes, absmax] = results as [DeviceBuffer, DeviceBuffer];
      await executable.run(new Map([[WEIGHT, source], ...namedParts(codes, absmax)]));
      return [await this.#bytes(codes), await this.#bytes(absmax)];
    } finally {
      source.close();
    }
  }

  async #bytes(buffer: DeviceBuffer): Promise<Uint8Array> {
    const bytes = new Uint8Array(buffer.bytes);
    await this.#backend.download(buffer, 0, bytes);
    return bytes;
  }

  async #program(elements: number, columns: number, dtype: DType): Promise<PieceProgram> {
    const format = this.#format === 'int8' ? 'int8' : 'nf4';
    const shape: [number, number] =
      format === 'int8' ? [elements / columns, columns] : [1, elements];
    const key = `${shape.join()},${dtype}`;
    const known = this.#programs.get(key);
    if (known !== undefined) return known;
    const parts = quantizedParts(format, ...shape);
    const graph = trace('quantize', (t) => {
      const results = quantize(t.input('parameter', WEIGHT, shape, dtype), format);
      parts.forEach(({ name }, i) => t.output(name, results[i]!));
    });
    const program = {
      executable: await compileProgram(this.#backend, graph),
      results: parts.map((part) =>
        this.#backend.allocate(sizeOf(part.shape) * bytesOf(part.dtype), part.name),
      ),
    };
    this.#programs.set(key, program);
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { executable, results } of this.#programs.values()) {
      await executable.close();
      for (const buffer of results) buffer.close();
    }
    this.#programs.clear();
  }
}

const namedParts = (
  codes: DeviceBuffer,
  absmax: DeviceBuffer,
): readonly (readonly [string, DeviceBuffer])[] => [
  ['codes', codes],
  ['absmax', absmax],
];
