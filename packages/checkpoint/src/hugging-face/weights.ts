// The weights of a Hugging Face folder, over all its files.
// Each tensor is known by the name that a causal language model has for it, however the folder
// stores it; no tensor is read.
import { basename } from 'node:path';
import { AutomodelError } from '@automodel/core';
import type { SafetensorsFile } from '../safetensors/open-safetensors.js';
import { tensorEntry, type StoredTensor, type TensorEntry } from '../safetensors/stored-tensor.js';
import { sourceOfStored } from '../safetensors/tensor-source.js';
import { sameBytes } from './same-bytes.js';
import {
  EMBEDDING_WEIGHT,
  HEAD_WEIGHT,
  SAME_NAMES,
  tensorNaming,
  type TensorNaming,
} from './tensor-naming.js';

/** How the tensors of a folder are named. */
export interface WeightNames {
  /** As in the files, whatever the model is called there. */
  readonly asStored?: boolean | undefined;
}

/** The tensors of a folder by name, over all its files. */
export class Weights {
  /** By the names that a causal language model has for them. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly #naming: TensorNaming;
  /** Names in the files that differ from those here, by the latter. */
  readonly #storedNames = new Map<string, string>();

  /**
   * `asStored`: tensors keep the names of the files.
   * @throws AutomodelError `bad-file` when two files hold a tensor of one name.
   */
  constructor(
    readonly files: readonly SafetensorsFile[],
    private readonly directory: string,
    { asStored = false }: WeightNames = {},
  ) {
    const all = files.flatMap((file) => file.tensors);
    this.#naming = asStored ? SAME_NAMES : tensorNaming(new Set(all.map(({ name }) => name)));
    const tensors = new Map<string, StoredTensor>();
    for (const tensor of all) {
      const name = this.#naming.known(tensor.name);
      const other = tensors.get(name);
      if (other !== undefined)
        throw new AutomodelError(
          'bad-file',
          `tensor ${tensor.name} is also in ${basename(other.file)}`,
          { location: tensor.file },
        );
      tensors.set(name, { ...tensor, name });
      this.#storedNames.set(name, tensor.name);
    }
    this.tensors = tensors;
  }

  /** Whether there is a head that is not the embedding over again. Reads both if it is. */
  async headDiffers(): Promise<boolean> {
    const head = this.tensors.get(HEAD_WEIGHT);
    const embedding = this.tensors.get(EMBEDDING_WEIGHT);
    if (head === undefined || embedding === undefined) return head !== undefined;
    return !(await sameBytes(sourceOfStored(head), sourceOfStored(embedding)));
  }

  /** The name under which the files store a tensor, or would. */
  storedName(name: string): string {
    return this.#storedNames.get(name) ?? this.#naming.stored(name);
  }

  get names(): string[] {
    return [...this.tensors.keys()];
  }

  /** Bytes of all tensors. */
  get totalBytes(): number {
    return [...this.tensors.values()].reduce((sum, tensor) => sum + tensor.length, 0);
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /**
   * @throws AutomodelError `missing-parameter` naming tensor and folder; `unsupported` for a type
   * that cannot be computed with.
   */
  entry(name: string): TensorEntry {
    const tensor = this.tensors.get(name);
    if (tensor === undefined)
      throw new AutomodelError('missing-parameter', `no tensor named ${name}`, {
        location: this.directory,
      });
    return tensorEntry(tensor);
  }
}
