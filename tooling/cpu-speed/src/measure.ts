// Measures both sides of a row: PyTorch compiled, then pairs in turn, then our memory within the
// budget that the floor allows.
import { median } from '../../compare-commits/src/measure-speed.js';
import type { Options } from './options.js';
import type { Measurement, Sides } from './sides.js';
import { rateOf, sizeOf } from './units.js';

export interface Measurements {
  readonly ours: readonly Measurement[];
  readonly theirs: readonly Measurement[];
  readonly compiled: readonly Measurement[];
  /** Ours within the budget; absent: there is none, or nothing runs within it. */
  readonly limited: Measurement | undefined;
}

export interface MeasureOptions extends Pick<Options, 'pairs' | 'compiled'> {
  /** Our share of PyTorch's memory in a further run; absent: no such run. */
  readonly memory?: number | undefined;
  /** Is told of each measurement as it comes. */
  readonly tell: (text: string) => void;
}

const textOf = ({ speed, peak }: Measurement): string => `${rateOf(speed)}, ${sizeOf(peak)}`;

/** Errors: a side fails. */
export async function measurePairs(sides: Sides, options: MeasureOptions): Promise<Measurements> {
  const { pairs, memory, tell } = options;
  const [compiled, ours, theirs]: [Measurement[], Measurement[], Measurement[]] = [[], [], []];
  for (let i = 0; i < options.compiled; i++) {
    compiled.push(await sides.theirs(true));
    tell(`PyTorch compiled ${textOf(compiled[i]!)}`);
  }
  for (let i = 0; i < pairs; i++) {
    // who is first changes, so that neither side always meets a machine that the other has warmed
    if (i % 2 === 1) theirs.push(await sides.theirs());
    ours.push(await sides.ours());
    if (i % 2 === 0) theirs.push(await sides.theirs());
    tell(`${textOf(ours[i]!)}; PyTorch ${textOf(theirs[i]!)}`);
  }
  const limited =
    memory === undefined
      ? undefined
      : await measureWithin(sides, memory * median(theirs.map(({ peak }) => peak)), tell);
  return { ours, theirs, compiled, limited };
}

/** Our side within a budget of bytes; `undefined`: weights and states do not fit into it. */
export async function measureWithin(
  sides: Pick<Sides, 'ours'>,
  budget: number,
  tell: (text: string) => void,
): Promise<Measurement | undefined> {
  try {
    const measured = await sides.ours(budget);
    tell(`${textOf(measured)} within ${sizeOf(budget)}`);
    return measured;
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('a memory budget of')) throw error;
    tell(`nothing runs within ${sizeOf(budget)}`);
    return undefined;
  }
}
