// Medians and ratios of a row's measurements as cells of the table, and what misses its floor.
import { median } from '../../compare-commits/src/measure-speed.js';
import type { Measurements } from './measure.js';
import type { DecodingRow, DocumentsRow, FittingRow } from './rows.js';
import type { Measurement } from './sides.js';
import type { Cells } from './table.js';
import { bandwidthOf, rateOf, sizeOf, timesOf } from './units.js';

export interface Verdict {
  readonly cells: Cells;
  /** A sentence for each floor that is missed. */
  readonly failures: readonly string[];
  /** What the cells do not say. */
  readonly notes?: readonly string[];
}

const peakOf = (side: readonly Measurement[]): number => median(side.map(({ peak }) => peak));
const speedOf = (side: readonly Measurement[]): number => median(side.map(({ speed }) => speed));

/** Speed in multiples of PyTorch's: the median of the pairs' ratios. Errors: no measurements. */
export const speedRatio = ({ ours, theirs }: Measurements): number =>
  median(ours.map((one, i) => one.speed / theirs[i]!.speed));

/**
 * Both sides against the least speed and the largest memory, where there is one. Beside PyTorch
 * compiled, and for memory, the ratio is that of medians. Errors: no measurements.
 */
export function pairsVerdict(
  measured: Measurements,
  least: number,
  memory: number | undefined,
): Verdict {
  const { ours, theirs } = measured;
  const speed = speedRatio(measured);
  const others = [compiledVerdict(measured), memoryVerdict(measured)];
  if (memory !== undefined) others.push(limitedVerdict(memory, measured));
  return {
    cells: Object.assign(
      {
        ours: rateOf(speedOf(ours)),
        theirs: rateOf(speedOf(theirs)),
        speed: timesOf(speed),
        leastSpeed: timesOf(least),
      },
      ...others.map(({ cells }) => cells),
    ) as Cells,
    failures: [
      ...(speed >= least ? [] : [`${timesOf(speed)} the speed of PyTorch, not ${timesOf(least)}`]),
      ...others.flatMap(({ failures }) => failures),
    ],
  };
}

/** Faster than what PyTorch compiles, in every row. */
function compiledVerdict({ ours, compiled }: Measurements): Verdict {
  if (compiled.length === 0) return { cells: {}, failures: [] };
  const ratio = speedOf(ours) / speedOf(compiled);
  return {
    cells: { compiled: rateOf(speedOf(compiled)), toCompiled: timesOf(ratio) },
    failures: ratio > 1 ? [] : [`${timesOf(ratio)} the speed of PyTorch compiled, not more than 1`],
  };
}

/** Without a budget never larger than PyTorch. */
function memoryVerdict({ ours, theirs }: Measurements): Verdict {
  const ratio = peakOf(ours) / peakOf(theirs);
  return {
    cells: {
      peak: sizeOf(peakOf(ours)),
      theirPeak: sizeOf(peakOf(theirs)),
      memory: timesOf(ratio),
    },
    failures: ratio <= 1 ? [] : [`${timesOf(ratio)} the memory of PyTorch without a budget`],
  };
}

/** Within the budget no larger than the row's share of PyTorch's memory. */
function limitedVerdict(most: number, { theirs, limited }: Measurements): Verdict {
  const mostMemory = timesOf(most);
  if (limited === undefined)
    return { cells: { mostMemory }, failures: [`nothing runs within ${mostMemory} the memory`] };
  const [peak, budget] = [sizeOf(limited.peak), most * peakOf(theirs)];
  const limitedMemory = timesOf(limited.peak / peakOf(theirs));
  return {
    cells: { limitedPeak: peak, limitedMemory, mostMemory },
    failures:
      limited.peak <= budget
        ? []
        : [`${peak} in a budget of ${sizeOf(budget)}, ${mostMemory} the memory of PyTorch`],
  };
}

/** `measured`: within the row's bytes; absent where nothing runs within them. */
export function fittingVerdict({ bytes }: FittingRow, measured: Measurement | undefined): Verdict {
  const mostMemory = sizeOf(bytes);
  if (measured === undefined)
    return { cells: { mostMemory }, failures: [`nothing runs within ${mostMemory}`] };
  const { speed, peak } = measured;
  return {
    cells: { ours: rateOf(speed), limitedPeak: sizeOf(peak), mostMemory },
    failures: peak < bytes ? [] : [`a peak of ${sizeOf(peak)}, not less than ${mostMemory}`],
  };
}

/**
 * Packing has to give what padding costs: nearly the full rows' ratio times the tokens that PyTorch
 * computes for each real one. Errors: PyTorch tells nothing of padding.
 */
export function documentsVerdict(
  { share, full }: DocumentsRow,
  measured: Measurements,
  fullRatio: number,
): Verdict {
  const padded = measured.theirs[0]?.padded;
  if (padded === undefined) throw new Error('PyTorch tells nothing of padding');
  const note =
    `PyTorch computes ${padded.toFixed(2)} tokens for each real one; ` +
    `${full} is ${timesOf(fullRatio)}`;
  return { ...pairsVerdict(measured, share * padded * fullRatio, undefined), notes: [note] };
}

/** `weights`: bytes that each token reads; `bandwidth`: bytes a second that the machine reads. */
export function decodingVerdict(
  row: DecodingRow,
  measured: Measurements,
  least: number,
  { weights, bandwidth }: { readonly weights: number; readonly bandwidth: number },
): Verdict {
  const { cells, failures } = pairsVerdict(measured, least, undefined);
  const share = speedOf(measured.ours) / (bandwidth / weights);
  const text =
    `${timesOf(share)} of the ${rateOf(bandwidth / weights)} that reading ${sizeOf(weights)} at ` +
    `${bandwidthOf(bandwidth)} allows`;
  const isMissed = share < row.bandwidth;
  return {
    cells,
    failures: isMissed ? [...failures, `${text}, not ${timesOf(row.bandwidth)}`] : failures,
    notes: [text],
  };
}
