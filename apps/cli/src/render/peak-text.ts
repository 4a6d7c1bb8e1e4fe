// The memory that a run took, beside what its plan said.
import { formatBytes, formatPercent } from './units.js';

/** `1.2 GiB, 95.1 % of the 1.3 GiB planned`. `peak`: of several processes, the highest. */
export function peakText(peak: number, planned: number | undefined, processes = 1): string {
  const share =
    planned === undefined
      ? ''
      : `, ${formatPercent(peak / planned)} of the ${formatBytes(planned)} planned`;
  const each = processes === 1 ? '' : ` in each of ${processes} processes`;
  return `${formatBytes(peak)}${share}${each}`;
}
