// A learning rate to begin with, by what is trained and how large the model is. docs/recipes.md has
// the same table with its sources.
import type { Method } from './recipe-choice.js';

/** Models below this many parameters, and the rates for them. */
interface Row {
  readonly below: number;
  readonly full: number;
  readonly adapter: number;
}

const RATES: readonly Row[] = [
  { below: 20e6, full: 5e-4, adapter: 3e-3 },
  { below: 200e6, full: 2e-4, adapter: 1e-3 },
  { below: 1e9, full: 5e-5, adapter: 5e-4 },
  { below: 10e9, full: 2e-5, adapter: 2e-4 },
  { below: Infinity, full: 1e-5, adapter: 1e-4 },
];

/** The rate for training all weights, or an adapter on them, of a model with `parameters`. */
export function learningRate({
  method,
  parameters,
}: {
  readonly method: Method;
  readonly parameters: number;
}): number {
  const row = RATES.find(({ below }) => parameters < below) ?? RATES.at(-1)!;
  return method === 'full' ? row.full : row.adapter;
}
