// What the plan said before the run, beside what was measured.
import { html, type Markup } from '../format/markup.js';
import { bytesText, formatDuration, percentText } from '../format/units.js';
import type { ReportData } from '../report-data.js';
import { peakBytes } from './headline.js';
import { table, type Cell } from './table.js';

export function planAgainstMeasured(data: ReportData): Markup | undefined {
  const { plan, stepSeconds, steps } = data;
  if (plan === undefined) return undefined;
  const measured = steps.length === 0 ? undefined : peakBytes(data);
  const compared: Cell[][] = [
    [
      'Peak memory',
      bytesText(plan.peakBytes),
      measured === undefined ? 'none yet' : bytesText(measured),
      measured === undefined ? '' : percentText(measured / plan.peakBytes),
    ],
    [
      'One step',
      `at least ${formatDuration(plan.stepSeconds)}`,
      stepSeconds === undefined ? 'none yet' : formatDuration(stepSeconds),
      stepSeconds === undefined ? '' : `${(stepSeconds / plan.stepSeconds).toFixed(1)} times`,
    ],
  ];
  const parts = plan.memory.filter(({ bytes }) => bytes > 0).toSorted((a, b) => b.bytes - a.bytes);
  return html`<h2>Plan against measured</h2>
${table('Plan and run', ['', 'planned', 'measured', 'of the plan'], compared)}
<p class="note">The time is a lower bound: arithmetic and memory traffic of one optimizer step at
the full speed of the device.</p>
${table(
  'Where the planned memory goes',
  ['', 'bytes', 'share'],
  parts.map(({ label, bytes }): Cell[] => [label, bytesText(bytes), bar(bytes / plan.peakBytes)]),
)}`;
}

const bar = (share: number): Markup =>
  html`<span class="bar"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
<rect width="${(100 * share).toFixed(2)}" height="10"/></svg>
<span>${percentText(share)}</span></span>`;
