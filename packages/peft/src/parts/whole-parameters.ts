// Parameters of the model that an adapter trains whole: those of `modules_to_save`, and biases. The
// adapter owns them under their names in the model. Where embedding and head are tied, a copy of
// one must not change the other, so that it is a parameter of its own.
import type { EmbeddingCall, HeadCall, HeadWeight, ParameterScope } from '@automodel/contracts';
import { embedding, type Shape, type Tensor } from '@automodel/core';
import { storedWeight, type OwnParameter, type Table } from './table-names.js';

/** A parameter that is trained whole. */
export interface WholeParameter extends OwnParameter {
  /** The model's parameter it stands for, and starts as a copy of. */
  readonly replaces: string;
  /** The name of the tensor when it is merged. */
  readonly merged: string;
  /** A table that leaves the other one as it is. */
  readonly table?: Table | undefined;
}

/** A parameter of the model under its own name. */
export const wholeParameter = (name: string, shape: Shape, stored = name): WholeParameter => ({
  name,
  stored,
  shape,
  replaces: name,
  merged: name,
});

/** A copy of a table that is tied to another one. */
export const untiedTable = (table: Table): WholeParameter => ({
  name: `${table.module}.modules_to_save.weight`,
  stored: storedWeight(table),
  shape: table.shape,
  replaces: table.weight,
  merged: storedWeight(table),
  table,
});

const own = (scope: ParameterScope, shape: Shape): Tensor =>
  scope.parameter('modules_to_save.weight', shape);

/** Rows of the copy. */
export const wholeEmbedding = ({ scope, ids, shape }: EmbeddingCall): Tensor =>
  embedding(own(scope, shape), ids, 'f32');

/** The copy in place of the weight. */
export const wholeHead = ({ scope, shape }: HeadCall): HeadWeight => ({
  weight: own(scope, shape),
});
