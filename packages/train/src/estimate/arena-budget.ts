// From a budget for the whole run to the bytes that activations may take: what parameters,
// gradients, optimizer states and the process itself need is taken off first.
import type { Interceptor, LanguageModel } from '@automodel/contracts';
import { AutomodelError, bytesOf, sizeOf } from '@automodel/core';
import { placementOf } from '@automodel/nn';
import {
  masterDType,
  parameterRecords,
  type Precision,
  trainedParameters,
} from '@automodel/session';

export interface ArenaBudgetOptions {
  readonly model: LanguageModel;
  readonly precision: Precision;
  readonly trainable: (name: string) => boolean;
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** States an optimizer keeps for each trained parameter: 2 for AdamW. */
  readonly optimizerStates: number;
}

/**
 * Resident bytes of the process, its threads' scratch and tables: what a plan's report counts
 * beside tensors.
 */
const PROCESS_BYTES = 160 * 2 ** 20;

/**
 * Bytes left for the arena. Errors: the budget does not even hold the states, saying how much they
 * take.
 */
export function arenaBudget(
  budgetBytes: number,
  { model, precision, trainable, interceptors, optimizerStates }: ArenaBudgetOptions,
): number {
  const element = bytesOf(masterDType(precision));
  const trained = trainedParameters({ model, trainable, interceptors });
  const fixed = parameterRecords(model, interceptors).reduce(
    (sum, record) =>
      sum +
      sizeOf(placementOf(record, interceptors).shape) *
        element *
        (trained(record.name) ? 2 + optimizerStates : 1),
    PROCESS_BYTES,
  );
  if (fixed < budgetBytes) return budgetBytes - fixed;
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
  throw new AutomodelError(
    'out-of-memory',
    `a memory budget of ${gigabytes(budgetBytes)} does not hold weights, gradients and optimizer ` +
      `states, which take ${gigabytes(fixed)} with the process`,
    { hint: 'raise memory.budget_gb' },
  );
}
