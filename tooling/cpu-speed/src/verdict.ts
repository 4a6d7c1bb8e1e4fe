// Medians and ratios of a row's measurements as cells of the table, and what misses its floor.
import { median } from '../../compare-commits/src/measure-speed.js';
import type { MachineClass } from './machine.js';
import type { TrainingMeasurements } from './measure-row.js';
import type { FittingRow, TrainingRow } from './rows.js';
import type { Measurement } from './sides.js';
import type { Cells } from './table.js';
import { rateOf, sizeOf, timesOf } from './units.js';

export interface Verdict {
  readonly cells: Cells;
  /** A sentence for each floor that is missed. */
  readonly failures: readonly string[];
}

const peakOf = (side: readonly Measurement[]): number => median(side.map(({ peak }) => peak));
const speedOf = (side: readonly Measurement[]): number => median(side.map(({ speed }) => speed));

/**
 * Speed beside PyTorch is the median of the pairs' ratios; beside PyTorch compiled, and for memory,
 * it is the ratio of medians. Errors: no measurements.
 */
export function trainingVerdict(
  row: TrainingRow,
  machineClass: MachineClass,
  measured: TrainingMeasurements,
): Verdict {
  const { ours, theirs } = measured;
  const speed = median(ours.map((one, i) => one.speed / theirs[i]!.speed));
  const least = row.speed[machineClass];
  const [fast, small, limited] = [
    compiledVerdict(measured),
    memoryVerdict(measured),
    limitedVerdict(row, measured),
  ];
  return {
    cells: {
      ours: rateOf(speedOf(ours)),
      theirs: rateOf(speedOf(theirs)),
      speed: timesOf(speed),
      leastSpeed: timesOf(least),
      ...fast.cells,
      ...small.cells,
      ...limited.cells,
    },
    failures: [
      ...(speed >= least ? [] : [`${timesOf(speed)} the speed of PyTorch, not ${timesOf(least)}`]),
      ...fast.failures,
      ...small.failures,
      ...limited.failures,
    ],
  };
}

/** Faster than what PyTorch compiles, in every row. */
function compiledVerdict({ ours, compiled }: TrainingMeasurements): Verdict {
  if (compiled.length === 0) return { cells: {}, failures: [] };
  const ratio = speedOf(ours) / speedOf(compiled);
  return {
    cells: { compiled: rateOf(speedOf(compiled)), toCompiled: timesOf(ratio) },
    failures: ratio > 1 ? [] : [`${timesOf(ratio)} the speed of PyTorch compiled, not more than 1`],
  };
}

/** Without a budget never larger than PyTorch. */
function memoryVerdict({ ours, theirs }: TrainingMeasurements): Verdict {
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
function limitedVerdict(
  { memory: most }: TrainingRow,
  { theirs, limited }: TrainingMeasurements,
): Verdict {
  if (most === undefined) return { cells: {}, failures: [] };
  const mostMemory = timesOf(most);
  if (limited === undefined)
    return { cells: { mostMemory }, failures: [`nothing runs within ${mostMemory} the memory`] };
  const ratio = limited.peak / peakOf(theirs);
  return {
    cells: { limitedPeak: sizeOf(limited.peak), limitedMemory: timesOf(ratio), mostMemory },
    failures:
      ratio <= most ? [] : [`${timesOf(ratio)} the memory of PyTorch in a budget of ${mostMemory}`],
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
