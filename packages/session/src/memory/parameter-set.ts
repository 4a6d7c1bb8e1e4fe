// The parameters of a session in the backend's memory: loaded, mapped or drawn at random; read back
// for saving and for comparison.
import {
  bytesFromFloats,
  floatsFromBytes,
  type TensorEntry,
  type TensorSource,
  storageOfDType,
} from '@automodel/checkpoint';
import type { Backend, DeviceBuffer, ParameterRecord } from '@automodel/contracts';
import { AutomodelError, bytesOf, sizeOf, type DType } from '@automodel/core';
import { initialValues, orthonormalRows } from './initial-values.js';

/** A parameter and where its elements are. */
export interface SessionParameter extends ParameterRecord {
  readonly dtype: DType;
  readonly trained: boolean;
  readonly buffer: DeviceBuffer;
}

/** What one parameter is held as. */
export interface ParameterPlacement {
  readonly record: ParameterRecord;
  readonly dtype: DType;
  readonly trained: boolean;
}

const CHUNK_ELEMENTS = 1 << 20;

export class ParameterSet {
  readonly #backend: Backend;
  readonly #parameters = new Map<string, SessionParameter>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get all(): readonly SessionParameter[] {
    return [...this.#parameters.values()];
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
   * Reads from the file: mapped when nothing changes it and it is stored as it is held, otherwise
   * converted into memory of its own.
   */
  async load(placement: ParameterPlacement, entry: TensorEntry): Promise<void> {
    const { record, dtype, trained } = placement;
    const range = { path: entry.file, offset: entry.offset, length: entry.length };
    if (!trained && dtype === entry.dtype)
      return this.#add(placement, await this.#backend.map(range, record.name));
    const buffer = this.allocate(placement);
    await this.#backend.uploadFile(range, entry.dtype, buffer, 0, dtype);
  }

  /** Memory of its own, zeroed, for whoever fills it. */
  allocate(placement: ParameterPlacement): DeviceBuffer {
    const buffer = this.#backend.allocate(
      sizeOf(placement.record.shape) * bytesOf(placement.dtype),
      placement.record.name,
    );
    this.#add(placement, buffer);
    return buffer;
  }

  /** Draws initial values; `index` makes each parameter's numbers its own. */
  initialize(
    placement: ParameterPlacement,
    seed: number,
    index: number,
    standardDeviation: number,
  ): void {
    const { record, dtype } = placement;
    const total = sizeOf(record.shape);
    const buffer = this.allocate(placement);
    const { initializer } = record;
    if (initializer === 'zeros') return; // memory comes zeroed
    if (typeof initializer === 'object' && initializer.distribution === 'orthogonal') {
      const [rows = 1, columns = 1] = record.shape;
      this.#backend.upload(
        buffer,
        0,
        bytesFromFloats(orthonormalRows(rows, columns, { seed, stream: index }), dtype),
      );
      return;
    }
    for (let start = 0; start < total; start += CHUNK_ELEMENTS) {
      const values = initialValues(initializer, Math.min(CHUNK_ELEMENTS, total - start), {
        seed,
        stream: index,
        start,
        standardDeviation,
      });
      this.#backend.upload(buffer, start * bytesOf(dtype), bytesFromFloats(values, dtype));
    }
  }

  /** All elements as f32, as runs that are over have left them. */
  async read(name: string): Promise<Float32Array> {
    const { buffer, dtype } = this.get(name);
    const bytes = new Uint8Array(buffer.bytes);
    await this.#backend.download(buffer, 0, bytes);
    return floatsFromBytes(bytes, dtype);
  }

  /** The trained parameters as sources for a save, in the order in which the model reads them. */
  sources(): TensorSource[] {
    return this.all
      .filter((p) => p.trained)
      .map((p) => ({
        name: p.name,
        storageType: storageOfDType(p.dtype),
        shape: p.shape,
        chunks: () => this.#chunks(p),
      }));
  }

  async *#chunks({ buffer, dtype }: SessionParameter): AsyncGenerator<Uint8Array> {
    const step = CHUNK_ELEMENTS * bytesOf(dtype);
    for (let offset = 0; offset < buffer.bytes; offset += step) {
      const chunk = new Uint8Array(Math.min(step, buffer.bytes - offset));
      await this.#backend.download(buffer, offset, chunk);
      yield chunk;
    }
  }

  #add({ record, dtype, trained }: ParameterPlacement, buffer: DeviceBuffer): void {
    this.#parameters.set(record.name, { ...record, dtype, trained, buffer });
  }

  close(): void {
    for (const { buffer } of this.#parameters.values()) buffer.close();
    this.#parameters.clear();
  }
}
