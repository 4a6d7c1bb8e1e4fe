// Turns a memory budget for the whole run into the bytes that activations may take: what is left
// after parameters, gradients, optimizer states and the process itself.
import type { Interceptor, LanguageModel } from '@automodel/contracts';
import { AutomodelError, bytesOf, sizeOf, type DType } from '@automodel/core';
import {
  heldBytes,
  heldParameter,
  parameterRecords,
  type Precision,
  trainedParameters,
} from '@automodel/session';

/** What takes memory besides activations. */
export interface ArenaBudgetOptions {
  readonly model: LanguageModel;
  readonly precision: Precision;
  readonly trainable: (name: string) => boolean;
  /** Dtype a parameter has in the folder: frozen ones keep it. */
  readonly storedDType: (name: string) => DType;
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** States an optimizer keeps for each trained parameter: 2 for AdamW. */
  readonly optimizerStates: number;
  /** Gradients never exist together, and are part of the arena. */
  readonly optimizerInBackward?: boolean | undefined;
}

/**
 * Resident bytes of the process, its threads' scratch and tables: what a plan's report counts
 * besides tensors.
 */
const PROCESS_BYTES = 160 * 2 ** 20;

/** What tracing and planning leave in the heap for each parameter; in large models it is more. */
const HEAP_BYTES = 768 * 2 ** 10;

/**
 * Bytes left for the arena. Errors: `out-of-memory` if the budget does not even hold weights and
 * states, saying how much they take.
 */
export function arenaBudget(budgetBytes: number, options: ArenaBudgetOptions): number {
  const { model, precision, interceptors, storedDType } = options;
  const { optimizerStates, optimizerInBackward = false } = options;
  const copies = 1 + optimizerStates + (optimizerInBackward ? 0 : 1);
  const trained = trainedParameters(options);
  const records = parameterRecords(model, interceptors);
  const fixed = records.reduce(
    (sum, record) => {
      const holding = { precision, interceptors, trained };
      const parameter = heldParameter(record, storedDType(record.name), holding);
      const held = heldBytes(parameter);
      if (!parameter.trained) return sum + held;
      const { unreduced } = parameter.placement;
      const whole = unreduced === undefined ? 0 : sizeOf(unreduced) * bytesOf(parameter.dtype);
      return sum + held * copies + whole;
    },
    Math.max(PROCESS_BYTES, records.length * HEAP_BYTES),
  );
  if (fixed < budgetBytes) return budgetBytes - fixed;
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
  throw new AutomodelError(
    'out-of-memory',
    `a memory budget of ${gigabytes(budgetBytes)} does not hold weights` +
      `${optimizerInBackward ? '' : ', gradients'} and optimizer states, which take ` +
      `${gigabytes(fixed)} with the process`,
    { hint: 'raise memory.budget_gb, or --budget-gb of bench' },
  );
}
