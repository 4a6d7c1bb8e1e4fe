// What a process of a planned run exchanges with the others in a step, by collective.
import type { RunPlan } from '@automodel/run';
import { formatBytes } from './units.js';
import { table } from './table.js';

/** A line for each collective and axis, and how long a device waits; none for one process. */
export function trafficLines({
  mesh,
  traffic,
  stepSeconds,
  exposedSeconds,
}: Pick<RunPlan, 'mesh' | 'traffic' | 'stepSeconds' | 'exposedSeconds'>): readonly string[] {
  if (mesh.size === 1) return [];
  const rows = traffic.map(({ op, axis, ranks, calls, bytes }) => [
    `    ${op}`,
    `${axis} (${ranks})`,
    `${calls} calls`,
    formatBytes(bytes),
  ]);
  return [
    `  one of ${mesh.size} processes sends in each step:`,
    ...table(rows, new Set([2, 3])),
    ...(exposedSeconds === undefined
      ? []
      : [`  waiting for others: ${((100 * exposedSeconds) / stepSeconds).toFixed(1)} % of a step`]),
  ];
}
