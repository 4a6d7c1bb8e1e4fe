// The values computed here, under the names of the reference, and the file they are written to.
import { sourceOfArray, writeSafetensors, type TensorArray } from '@automodel/checkpoint';
import type { DType, Shape } from '@automodel/core';
import type { ReferenceFile } from './reference-file.js';

const INPUTS = ['input_ids', 'attention_mask', 'labels', 'nll_input_ids', 'generate.prompt'];

interface OwnValue {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly values: TensorArray;
}

export class OwnValues {
  readonly #values = new Map<string, OwnValue>();

  setFloats(name: string, shape: Shape, values: Float32Array): void {
    this.#values.set(name, { dtype: 'f32', shape, values });
  }

  setIds(name: string, shape: Shape, ids: readonly number[]): void {
    this.#values.set(name, { dtype: 'i64', shape, values: BigInt64Array.from(ids, BigInt) });
  }

  /**
   * Writes all of them and the inputs of `reference` to a new file. Errors: `conflict` if it
   * exists, `io`.
   */
  async write(path: string, reference: ReferenceFile): Promise<void> {
    const inputs = await Promise.all(
      INPUTS.filter((name) => reference.has(name)).map(async (name) => {
        const values = await reference.array(name);
        return sourceOfArray(name, dtypeOf(values), reference.shape(name), values);
      }),
    );
    const own = [...this.#values].map(([name, v]) =>
      sourceOfArray(name, v.dtype, v.shape, v.values),
    );
    await writeSafetensors(path, [...inputs, ...own]);
  }
}

function dtypeOf(values: TensorArray): DType {
  if (values instanceof BigInt64Array) return 'i64';
  if (values instanceof Int32Array) return 'i32';
  if (values instanceof Uint8Array) return 'bool';
  return values instanceof Float64Array ? 'f64' : 'f32';
}
