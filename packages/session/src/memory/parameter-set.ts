// The parameters of a session in the backend's memory: loaded, mapped or drawn at random; read back
// for saving and for comparison.
import {
  bytesFromFloats,
  floatsFromBytes,
  type TensorEntry,
  type TensorSource,
} from '@automodel/checkpoint';
import type {
  Backend,
  DeviceBuffer,
  HostGroup,
  ParameterRecord,
  Placement,
} from '@automodel/contracts';
import { AutomodelError, bytesOf, sizeOf, type DType } from '@automodel/core';
import { elementRuns } from './element-runs.js';
import { heldBytes, type HeldParameter } from './held-parameter.js';
import { readGathered } from './gathered-tensor.js';
import { initialValues, orthonormalRows } from './initial-values.js';
import { placedSource, uploadPlaced, writePlaced, type PlacedTensor } from './placed-tensor.js';

/** A parameter and where its elements are. */
export interface SessionParameter extends Omit<ParameterRecord, 'dtype'>, PlacedTensor {
  readonly placement: Placement;
  readonly dtype: DType;
  readonly trained: boolean;
}

/** Which values to draw: those of parameter number `stream` in a run with this seed. */
export interface InitialDraw {
  readonly seed: number;
  readonly stream: number;
  /** Standard deviation of plain `normal` values. */
  readonly standardDeviation: number;
}

/** The parameters of one session by name. Errors: `missing-parameter` for an unknown name. */
export class ParameterSet {
  readonly #backend: Backend;
  readonly #host: HostGroup;
  readonly #parameters = new Map<string, SessionParameter>();

  /** `host`: the processes that hold pieces of them. */
  constructor(backend: Backend, host: HostGroup) {
    this.#backend = backend;
    this.#host = host;
  }

  get all(): readonly SessionParameter[] {
    return [...this.#parameters.values()];
  }

  /** Bytes of all of them in memory. */
  get bytes(): number {
    return this.all.reduce((sum, { buffer }) => sum + buffer.bytes, 0);
  }

  get(name: string): SessionParameter {
    const parameter = this.#parameters.get(name);
    if (parameter === undefined)
      throw new AutomodelError('missing-parameter', `the model has no parameter ${name}`);
    return parameter;
  }

  has(name: string): boolean {
    return this.#parameters.has(name);
  }

  /**
   * Reads a parameter from its file: mapped if it is not trained and memory equals one piece of the
   * file, otherwise converted into new memory.
   */
  async load(held: HeldParameter, entry: TensorEntry): Promise<void> {
    const { record, placement, dtype, trained } = held;
    const runs = this.#runsOf(held);
    const [run] = runs;
    const isMappable =
      !trained &&
      dtype === entry.dtype &&
      runs.length === 1 &&
      run?.stored === 0 &&
      run.count === sizeOf(placement.shape);
    if (!isMappable) return uploadPlaced(this.#backend, this.allocate(held), entry);
    const range = {
      path: entry.file,
      offset: entry.offset + run.whole * bytesOf(dtype),
      length: run.count * bytesOf(dtype),
    };
    this.#add(held, await this.#backend.map(range, record.name));
  }

  /** Allocates zeroed memory, for the caller to fill. */
  allocate(held: HeldParameter): SessionParameter {
    return this.#add(held, this.#backend.allocate(heldBytes(held), held.record.name));
  }

  /** Draws initial values: each depends only on the draw and its position in the whole. */
  initialize(held: HeldParameter, draw: InitialDraw): void {
    const { record, dtype } = held;
    const parameter = this.allocate(held);
    const { initializer } = record;
    if (initializer === 'zeros') return; // memory comes zeroed
    if (typeof initializer === 'object' && initializer.distribution === 'orthogonal') {
      const [rows = 1, columns = 1] = record.shape;
      return this.#write(parameter, orthonormalRows(rows, columns, draw));
    }
    writePlaced(this.#backend, parameter, (start, count) =>
      bytesFromFloats(initialValues(initializer, count, { ...draw, start }), dtype),
    );
  }

  /** Overwrites all elements; `values` are those of the whole. */
  write(name: string, values: Float32Array): void {
    this.#write(this.get(name), values);
  }

  #write(parameter: SessionParameter, values: Float32Array): void {
    writePlaced(this.#backend, parameter, (start, count) =>
      bytesFromFloats(values.subarray(start, start + count), parameter.dtype),
    );
  }

  /**
   * All elements as f32, as finished runs have left them. Every process calls it where others hold
   * pieces of the parameter.
   */
  async read(name: string): Promise<Float32Array> {
    const parameter = this.get(name);
    return floatsFromBytes(
      await readGathered(this.#backend, parameter, this.#host),
      parameter.dtype,
    );
  }

  /** The trained parameters as sources for a save, in the order in which the model reads them. */
  sources(): TensorSource[] {
    return this.all.filter((p) => p.trained).map((p) => placedSource(this.#backend, p));
  }

  #runsOf({ record, placement }: HeldParameter): SessionParameter['runs'] {
    return elementRuns(record.shape, placement.boxes(this.#host.rank));
  }

  #add(held: HeldParameter, buffer: DeviceBuffer): SessionParameter {
    const { record, placement, dtype, trained } = held;
    const runs = this.#runsOf(held);
    const parameter = { ...record, placement, dtype, trained, runs, buffer };
    this.#parameters.set(record.name, parameter);
    return parameter;
  }

  close(): void {
    for (const { buffer } of this.#parameters.values()) buffer.close();
    this.#parameters.clear();
  }
}
