// A reference file: tensors that another implementation computed for a folder, in one safetensors
// file. The names and meanings are those of goldens/make_goldens.py.
import {
  openSafetensors,
  readTensor,
  type SafetensorsFile,
  type StoredTensor,
  type TensorArray,
} from '@automodel/checkpoint';
import { AutomodelError, formatShape, type Shape } from '@automodel/core';

/** An open reference. Tensors are read when they are asked for. */
export class ReferenceFile {
  readonly path: string;
  readonly #tensors: ReadonlyMap<string, StoredTensor>;

  private constructor(file: SafetensorsFile) {
    this.path = file.path;
    this.#tensors = new Map(file.tensors.map((t) => [t.name, t]));
  }

  /** Errors: `missing-file`, `bad-file`. */
  static async open(path: string): Promise<ReferenceFile> {
    return new ReferenceFile(await openSafetensors(path));
  }

  get names(): readonly string[] {
    return [...this.#tensors.keys()];
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  shape(name: string): Shape {
    return this.#stored(name).shape;
  }

  /** Names that begin with `prefix`, without it. */
  withPrefix(prefix: string): readonly string[] {
    return this.names.filter((n) => n.startsWith(prefix)).map((n) => n.slice(prefix.length));
  }

  async floats(name: string): Promise<Float32Array> {
    const values = await this.array(name);
    if (!(values instanceof Float32Array))
      throw new AutomodelError('bad-file', `tensor ${name} does not hold 16- or 32-bit floats`, {
        location: this.path,
      });
    return values;
  }

  /** Token ids, masks and labels [B,S] as numbers. Errors: another rank or a float type. */
  async integerMatrix(name: string): Promise<IntegerMatrix> {
    const { shape } = this.#stored(name);
    const values = await this.array(name);
    if (shape.length !== 2 || values instanceof Float32Array || values instanceof Float64Array)
      throw new AutomodelError(
        'bad-file',
        `tensor ${name}${formatShape(shape)} is not a matrix of integers`,
        { location: this.path },
      );
    return {
      rows: shape[0]!,
      columns: shape[1]!,
      values: Int32Array.from(values as ArrayLike<number | bigint>, Number),
    };
  }

  array(name: string): Promise<TensorArray> {
    return readTensor(this.#stored(name));
  }

  #stored(name: string): StoredTensor {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined)
      throw new AutomodelError('bad-file', `the reference has no tensor ${name}`, {
        location: this.path,
      });
    return tensor;
  }
}

/** Row-major. */
export interface IntegerMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Int32Array;
}
