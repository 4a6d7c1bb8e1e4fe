// The numbers of the curves as tables, for readers who cannot see them.
import { middle } from '../charts.js';
import { html, type Markup } from '../format/markup.js';
import { numberText } from '../format/units.js';
import type { ReportData, ReportStep } from '../report-data.js';
import { table, type Cell } from './table.js';

const READINGS: readonly (readonly [label: string, read: (step: ReportStep) => number])[] = [
  ['Training loss', ({ loss }) => loss],
  ['Learning rate', ({ learningRate }) => learningRate],
  ['Gradient norm', ({ gradientNorm }) => gradientNorm],
  ['Tokens per second', ({ tokensPerSecond }) => tokensPerSecond],
  ['Peak memory, GiB', ({ memoryGib }) => memoryGib],
];

/** Rows of the table over time. */
const SHOWN = 12;

function finalNumbers({ steps }: ReportData): Markup {
  return table(
    'All steps',
    ['', 'last', 'first', 'lowest', 'median', 'highest'],
    READINGS.map(([label, read]): Cell[] => {
      const values = steps.map(read);
      const lowest = values.reduce((a, b) => Math.min(a, b));
      const highest = values.reduce((a, b) => Math.max(a, b));
      const shown = [values.at(-1), values[0], lowest, middle(values), highest];
      return [label, ...shown.map((value) => (value === undefined ? '' : numberText(value)))];
    }),
  );
}

function overTime({ steps }: ReportData): Markup {
  const every = Math.max(1, Math.ceil(steps.length / SHOWN));
  const shown = steps.filter((_, i) => i % every === 0 || i === steps.length - 1);
  return table(
    'Over time',
    ['step', ...READINGS.map(([label]) => label)],
    shown.map((step): Cell[] => [
      step.step + 1,
      ...READINGS.map(([, read]) => numberText(read(step))),
    ]),
  );
}

function validationTable({ validations }: ReportData): Markup | undefined {
  if (validations.length === 0) return undefined;
  return table(
    'Validation',
    ['after step', 'set', 'loss', 'perplexity'],
    validations.map(({ name, step, loss }): Cell[] => [
      step + 1,
      name,
      numberText(loss),
      numberText(Math.exp(loss)),
    ]),
  );
}

/** The same numbers as the curves, in tables. */
export function numbers(data: ReportData): Markup | undefined {
  if (data.steps.length === 0) return undefined;
  return html`${finalNumbers(data)}
${validationTable(data)}
<details id="numbers-over-time"><summary>Numbers over time</summary>${overTime(data)}</details>`;
}
