// `distributed.reshard_after_forward`: what a process keeps of a weight between the forward and the
// backward pass, and so among how many processes it is gathered again.
import { AutomodelError } from '@automodel/core';

/** What becomes of weights after the forward pass. */
export interface Resharding {
  /** Whether they are freed. */
  readonly frees: boolean;
  /** Neighbouring processes that keep one copy between them. 1: all processes keep one. */
  readonly group: number;
}

/**
 * true (the default), false, or as in PyTorch the number of processes that keep one copy: all of
 * them are true, and 1 is false. Errors: `bad-recipe` for anything else, and for a number that does
 * not divide `count`, the processes over which the model is cut.
 */
export function reshardingOf(
  { reshard_after_forward: given }: Readonly<Record<string, unknown>>,
  count: number,
): Resharding {
  const value = given ?? true;
  if (typeof value === 'boolean') return { frees: value, group: 1 };
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
    throw refused('must be true, false or a number of processes');
  if (count === 1 || value === count) return { frees: true, group: 1 };
  if (value === 1) return { frees: false, group: 1 };
  if (count % value !== 0)
    throw refused(`${value} does not divide the ${count} processes over which the model is cut`);
  return { frees: true, group: value };
}

const refused = (message: string): AutomodelError =>
  new AutomodelError('bad-recipe', message, { location: 'distributed.reshard_after_forward' });
