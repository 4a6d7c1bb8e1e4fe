// The batch inputs of programs: the columns of the model's layout, and what training programs take
// beside them.
import type { BatchColumn, BatchTensors, Capacity, LanguageModel } from '@automodel/contracts';
import { AutomodelError, type Tensor, type Trace } from '@automodel/core';

/** i32[T]: the id that each token's logits should predict; -100: not trained. */
export const TARGETS: BatchColumn = { column: 'targets', dtype: 'i32', per: 'token', width: 1 };

/** Names of the scalar inputs of a program. */
export const SCALARS = {
  scale: 'scale',
  keep: 'keep',
  dropoutSeed: 'dropout_seed',
  dropoutStep: 'dropout_step',
} as const;

/** Declares a column. */
export function columnInput(trace: Trace, column: BatchColumn, capacity: Capacity): Tensor {
  const entries = capacity[column.per];
  if (entries === undefined)
    throw new AutomodelError(
      'internal',
      `column ${column.column} is per ${column.per}, and the batch has no capacity on that axis`,
    );
  const shape = column.width === 1 ? [entries] : [entries, column.width];
  return trace.input('batch', column.column, shape, column.dtype);
}

/** Declares the columns of a model's batch, in the layout's order. */
export function batchTensors(
  trace: Trace,
  { batch: { columns } }: LanguageModel,
  capacity: Capacity,
): BatchTensors {
  const tensors = new Map(
    columns.map((column) => [column.column, columnInput(trace, column, capacity)]),
  );
  return {
    capacity,
    read: (name) => {
      const tensor = tensors.get(name);
      if (tensor === undefined)
        throw new AutomodelError('internal', `the model's batch has no column ${name}`);
      return tensor;
    },
  };
}

/** The capacity of a program that is only looked at: the fixed one, and one of each other axis. */
export function leastCapacity({ batch: { columns, rectangle } }: LanguageModel): Capacity {
  const ones = Object.fromEntries([TARGETS, ...columns].map(({ per }) => [per, 1]));
  return rectangle === undefined ? ones : { ...ones, ...rectangleCapacity(rectangle) };
}

/** Tokens and documents of a batch of fixed rows. */
export const rectangleCapacity = ({
  rows,
  columns,
}: {
  readonly rows: number;
  readonly columns: number;
}): Capacity => ({ token: rows * columns, document: rows });

/** A text that tells capacities apart: part of a program's key. */
export const capacityKey = (capacity: Capacity): string =>
  Object.entries(capacity)
    .map(([axis, count]) => `${axis} ${count}`)
    .join(' ');
