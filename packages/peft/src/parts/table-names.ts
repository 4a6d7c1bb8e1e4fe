// The tables of a model that an adapter treats apart from linear modules: its embedding and its
// head, which may read one parameter between them.
import type { AdapterBase } from '@automodel/contracts';
import type { Shape } from '@automodel/core';

/** An embedding or a head. */
export interface Table {
  /** The module: `model.embed_tokens`. */
  readonly module: string;
  /** The parameter it reads. */
  readonly weight: string;
  readonly shape: readonly [rows: number, width: number];
  readonly isHead: boolean;
}

/** The embedding and the head of a model, as far as they are known. */
export interface Tables {
  readonly embedding: Table | undefined;
  readonly head: Table | undefined;
  /** Both read one parameter. */
  readonly tied: boolean;
}

export function tablesOf({ embedding, head }: AdapterBase): Tables {
  const read = embedding === undefined ? undefined : `${embedding.name}.weight`;
  return {
    embedding:
      embedding === undefined || read === undefined
        ? undefined
        : { module: embedding.name, weight: read, shape: embedding.shape, isHead: false },
    head:
      head === undefined
        ? undefined
        : {
            module: head.name,
            weight: head.weight,
            shape: [head.outFeatures, head.inFeatures],
            isHead: true,
          },
    tied: head !== undefined && head.weight === read,
  };
}

/** Both, in the model's order. */
export const allTables = ({ embedding, head }: Tables): readonly Table[] =>
  [embedding, head].filter((table) => table !== undefined);

/** The name that a head has for its weight in the files, whatever it reads. */
export const storedWeight = ({ module }: Table): string => `${module}.weight`;

/** What a part of an adapter stores: its parameters by name, with their names in the file. */
export interface OwnParameter {
  readonly name: string;
  /** Without PEFT's prefix. */
  readonly stored: string;
  readonly shape: Shape;
}
