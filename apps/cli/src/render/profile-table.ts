// A profile for people: where the time of an optimizer step goes, by program, op, kind of module
// and layer, and how near that is to what the device can do.
import type { ProfileEvent } from '@automodel/run';
import type { ProfileRow, ProfileSummary } from '@automodel/train';
import type { Style } from '../terminal/style.js';
import { table } from './table.js';
import { formatDuration, formatPercent } from './units.js';

/** A profile that was made, or not. */
export type Profiled = Omit<ProfileEvent, 'type'>;

const TABLES = [
  ['program', 'byProgram'],
  ['op', 'byOp'],
  ['module', 'byModule'],
  ['layer', 'byLayer'],
] as const;
const COLUMNS = ['ms a step', 'share', 'GFLOP/s', 'GB/s', 'of roofline'] as const;
const NUMBERS = new Set(COLUMNS.map((_, i) => i + 1));

/** A smaller share is shown as 0.0 %. */
const SEEN = 0.0005;

/** What is measured, where the trace is, and the tables; or why there is none. */
export function profileLines({ path, summary, problem }: Profiled, style: Style): string[] {
  if (summary === undefined)
    return [style.yellow(`note: the profile is not written: ${problem ?? ''}`)];
  const names = TABLES.flatMap(([, key]) => summary[key].map(({ name }) => name.length));
  const width = Math.max(...names);
  return [
    heading(summary, style),
    `  ${path}: open it in https://ui.perfetto.dev or chrome://tracing`,
    ...TABLES.flatMap(([name, key]) => tableLines(name.padEnd(width), summary[key], style)),
  ];
}

function heading(
  { steps, device, threads, stepSeconds, kernelSeconds }: ProfileSummary,
  { bold }: Style,
): string {
  const [first, last] = [steps[0]! + 1, steps.at(-1)! + 1];
  const which = first === last ? `step ${first}` : `steps ${first} to ${last}`;
  return (
    `${bold('profile')} of ${which} (${device}, ${threads} threads): ` +
    `${formatDuration(stepSeconds)} a step, ` +
    `${formatPercent(kernelSeconds / stepSeconds)} of it in kernels`
  );
}

function tableLines(name: string, rows: readonly ProfileRow[], { bold }: Style): string[] {
  const [head, ...body] = table([[name, ...COLUMNS], ...withoutSmall(rows).map(cells)], NUMBERS);
  return ['', `  ${bold(head!)}`, ...body.map((line) => `  ${line}`)];
}

/** The rows of which nothing would be seen become one. */
function withoutSmall(rows: readonly ProfileRow[]): readonly ProfileRow[] {
  const small = rows.filter(({ share }) => share < SEEN);
  if (small.length < 2) return rows;
  const sum = (key: 'seconds' | 'share'): number =>
    small.reduce((total, row) => total + row[key], 0);
  return [
    ...rows.filter(({ share }) => share >= SEEN),
    { name: `${small.length} others`, seconds: sum('seconds'), share: sum('share') },
  ];
}

const cells = ({
  name,
  seconds,
  share,
  flopsPerSecond,
  bytesPerSecond,
  rooflineShare,
}: ProfileRow): string[] => [
  name,
  (1e3 * seconds).toFixed(2),
  formatPercent(share),
  giga(flopsPerSecond),
  giga(bytesPerSecond),
  rooflineShare === undefined ? '' : formatPercent(rooflineShare),
];

const giga = (value: number | undefined): string =>
  value === undefined ? '' : (value / 1e9).toFixed(1);

/** The same as data. */
export const profileAsJson = ({ path, summary, problem }: Profiled): object => ({
  file: summary && path,
  problem,
  steps: summary?.steps,
  device: summary?.device,
  threads: summary?.threads,
  step_seconds: summary?.stepSeconds,
  kernel_seconds: summary?.kernelSeconds,
  by_program: summary?.byProgram.map(rowAsJson),
  by_op: summary?.byOp.map(rowAsJson),
  by_module: summary?.byModule.map(rowAsJson),
  by_layer: summary?.byLayer.map(rowAsJson),
});

const rowAsJson = ({
  name,
  seconds,
  share,
  flopsPerSecond,
  bytesPerSecond,
  rooflineShare,
}: ProfileRow): object => ({
  name,
  seconds,
  share,
  flops_per_second: flopsPerSecond,
  bytes_per_second: bytesPerSecond,
  roofline_share: rooflineShare,
});
