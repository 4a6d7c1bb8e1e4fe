// Single rows of the embedding or the head that are trained (PEFT's `trainable_token_indices`): the
// table stays as it is, and the rows of the adapter take the place of those of its tokens. Nothing
// of the table's size is copied: a look-up replaces what it found, a head the columns of its
// logits.
import type { EmbeddingCall, HeadCall, HeadWeight, ParameterScope } from '@automodel/contracts';
import {
  any,
  argmax,
  cast,
  constant,
  embedding,
  eq,
  indexCopy,
  linear,
  reshape,
  where,
  type Tensor,
} from '@automodel/core';
import type { OwnParameter, Table } from './table-names.js';

const NAME = 'token_adapter.trainable_tokens_delta';

/** The trained rows of one table, or of a table and the head that is tied to it. */
export interface TokenRows {
  readonly table: Table;
  /** Each once, in the order of the rows. */
  readonly ids: readonly number[];
  /** The modules that read them. */
  readonly modules: readonly string[];
}

/** What is stored for them. */
export const tokenParameter = ({ table, ids }: TokenRows): OwnParameter => ({
  name: `${table.module}.${NAME}`,
  stored: `${table.module}.${NAME}`,
  shape: [ids.length, table.shape[1]],
});

const rowsOf = (rows: TokenRows, scope: ParameterScope): Tensor => {
  const { name, shape } = tokenParameter(rows);
  return scope.parameter(name, shape);
};

const idsOf = ({ ids }: TokenRows): Tensor => constant(ids, [ids.length], 'i64');

/** The look-up with the rows in place. */
export function tokenEmbedding({ ids, scope, next }: EmbeddingCall, rows: TokenRows): Tensor {
  const match = eq(
    reshape(cast(ids, 'i64'), [ids.shape[0]!, 1]),
    reshape(idsOf(rows), [1, rows.ids.length]),
  );
  const slot = argmax(cast(match, 'i32'), 1);
  return where(any(match, [1], true), embedding(rowsOf(rows, scope.root), slot, 'f32'), next());
}

/** The head with the rows in place. */
export function tokenHead({ scope, next }: HeadCall, rows: TokenRows): HeadWeight {
  const head = next();
  const own = rowsOf(rows, scope.root);
  const { project = (hidden: Tensor) => linear(hidden, head.weight) } = head;
  return {
    ...head,
    project: (hidden) => indexCopy(project(hidden), 1, idsOf(rows), linear(hidden, own)),
  };
}

/** f32: the table with the rows in place; `scope` is at the top of the model. */
export const tokenTable = (rows: TokenRows, scope: ParameterScope): Tensor =>
  indexCopy(
    cast(scope.parameter(rows.table.weight, rows.table.shape), 'f32'),
    0,
    idsOf(rows),
    cast(rowsOf(rows, scope), 'f32'),
  );

/** f32: the rows as the table has them, with which a new adapter starts. */
export const initialRows = (rows: TokenRows, scope: ParameterScope): readonly [string, Tensor] => [
  tokenParameter(rows).name,
  embedding(scope.parameter(rows.table.weight, rows.table.shape), idsOf(rows), 'f32'),
];
