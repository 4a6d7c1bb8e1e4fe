// The sizes of a measurement: those asked for, or those that a recorded graph is fixed to, checked
// before anything is loaded.
import type { LanguageModel } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

/** Rows of all processes, and tokens of each. */
export interface BenchSizes {
  readonly batch: number;
  readonly seq: number;
}

/** Absent: those of the graph, or the usual ones. */
type GivenSizes = { readonly [K in keyof BenchSizes]?: number | undefined };

/** Errors: `bad-argument` naming the size that does not fit the model or the processes. */
export function benchSizes(
  model: LanguageModel,
  { steps, ...given }: GivenSizes & { readonly steps: number },
  processes: number,
): BenchSizes {
  const { batch, seq } = givenSizes(model, given, processes);
  for (const [name, value, least] of [
    ['batch', batch, 1],
    ['seq', seq, 2],
    ['steps', steps, 2],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new AutomodelError(
        'bad-argument',
        `${name} must be a whole number of at least ${least}, not ${value}`,
      );
  if (seq > model.maxPositions)
    throw new AutomodelError(
      'bad-argument',
      `seq ${seq} is longer than the model's ${model.maxPositions} positions`,
    );
  return { batch, seq };
}

/**
 * Errors: `bad-argument` for sizes other than those that a model's batches are fixed to, and for
 * rows that cannot be shared by `processes`.
 */
function givenSizes(
  { batch: { rectangle } }: LanguageModel,
  { batch, seq }: GivenSizes,
  processes: number,
): BenchSizes {
  if (rectangle === undefined) {
    const sizes = { batch: batch ?? Math.max(4, processes), seq: seq ?? 512 };
    if (sizes.batch % processes === 0) return sizes;
    throw new AutomodelError(
      'bad-argument',
      `batch ${sizes.batch} is no multiple of ${processes} processes, which share its rows`,
    );
  }
  const { columns, source } = rectangle;
  const rows = rectangle.rows * processes;
  if ((batch ?? rows) !== rows || (seq ?? columns) !== columns)
    throw new AutomodelError(
      'bad-argument',
      `the graph was recorded for ${rows} rows of ${columns} tokens, not ${batch ?? rows} of ` +
        `${seq ?? columns}`,
      { location: source },
    );
  return { batch: rows, seq: columns };
}
