// Measures one row of the comparison: PyTorch compiled, then pairs of both sides in turn, then our
// memory within the budget that the floor allows.
import { median } from '../../compare-commits/src/measure-speed.js';
import type { Options } from './options.js';
import type { FittingRow, TrainingRow } from './rows.js';
import type { Measurement, Sides } from './sides.js';
import { rateOf, sizeOf } from './units.js';

export interface TrainingMeasurements {
  readonly ours: readonly Measurement[];
  readonly theirs: readonly Measurement[];
  readonly compiled: readonly Measurement[];
  /** Ours within the budget of the row; `undefined`: it has none, or nothing runs within it. */
  readonly limited: Measurement | undefined;
}

/** What measures, and is told of each measurement as it comes. */
export interface Bench {
  readonly options: Pick<Options, 'pairs' | 'compiled'>;
  readonly sides: Pick<Sides, 'ours' | 'theirs'>;
  readonly tell: (text: string) => void;
}

const textOf = ({ speed, peak }: Measurement): string => `${rateOf(speed)}, ${sizeOf(peak)}`;

/** Errors: a side fails. */
export async function measureTraining(
  row: TrainingRow,
  { options, sides, tell }: Bench,
): Promise<TrainingMeasurements> {
  const [compiled, ours, theirs]: [Measurement[], Measurement[], Measurement[]] = [[], [], []];
  for (let i = 0; i < options.compiled; i++) {
    compiled.push(await sides.theirs(row, { compiled: true }));
    tell(`PyTorch compiled ${textOf(compiled[i]!)}`);
  }
  for (let i = 0; i < options.pairs; i++) {
    // who is first changes, so that neither side always meets a machine that the other has warmed
    if (i % 2 === 1) theirs.push(await sides.theirs(row));
    ours.push(await sides.ours(row));
    if (i % 2 === 0) theirs.push(await sides.theirs(row));
    tell(`${textOf(ours[i]!)}; PyTorch ${textOf(theirs[i]!)}`);
  }
  const budget = (row.memory ?? 0) * median(theirs.map(({ peak }) => peak));
  return { ours, theirs, compiled, limited: await within(row, budget, { sides, tell }) };
}

/** Our side within a budget of the row's bytes. */
export const measureFit = (
  row: FittingRow,
  bench: Omit<Bench, 'options'>,
): Promise<Measurement | undefined> => within(row, row.bytes, bench);

async function within(
  row: TrainingRow | FittingRow,
  budget: number,
  { sides, tell }: Omit<Bench, 'options'>,
): Promise<Measurement | undefined> {
  if (budget === 0) return undefined;
  try {
    const measured = await sides.ours(row, budget);
    tell(`${textOf(measured)} within ${sizeOf(budget)}`);
    return measured;
  } catch (error) {
    // a budget that weights and states do not fit into is a result
    if (!(error instanceof Error) || !error.message.includes('a memory budget of')) throw error;
    tell(`nothing runs within ${sizeOf(budget)}`);
    return undefined;
  }
}
