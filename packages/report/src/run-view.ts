// A run as the parts of a page: pieces of HTML by name, and the charts. A report is written of them
// once; a live page gets them again whenever something has changed, and replaces what differs.
import type { Chart } from './chart/chart.js';
import { chartsOf } from './charts.js';
import { html, type Markup } from './format/markup.js';
import type { ReportData } from './report-data.js';
import { answers } from './sections/answers.js';
import { headline } from './sections/headline.js';
import { numbers } from './sections/numbers.js';
import { planAgainstMeasured } from './sections/plan-against-measured.js';
import { rangeTest } from './sections/range-test.js';
import { runFacts, savedFiles } from './sections/run-facts.js';

/** The parts in the order of the page; `numbers` are below the charts. */
export const PARTS = ['headline', 'result', 'numbers', 'answers', 'plan', 'facts'] as const;
export type PartName = (typeof PARTS)[number];

/** What a live page gets: plain data, to be sent as JSON. */
export interface RunView {
  readonly status: ReportData['status'];
  /** The inside of each part's element; empty: there is nothing to show. */
  readonly parts: Readonly<Record<PartName, string>>;
  readonly charts: readonly Chart[];
}

const RENDER: Readonly<Record<PartName, (data: ReportData) => Markup | undefined>> = {
  headline,
  result: savedFiles,
  numbers: (data) => {
    const test = rangeTest(data);
    return test === undefined
      ? numbers(data)
      : html`${test}
${numbers(data)}`;
  },
  answers,
  plan: planAgainstMeasured,
  facts: runFacts,
};

/** Everything that comes from the data is escaped. */
export function runView(data: ReportData): RunView {
  const parts = Object.fromEntries(PARTS.map((name) => [name, RENDER[name](data)?.text ?? '']));
  return { status: data.status, parts: parts as Record<PartName, string>, charts: chartsOf(data) };
}
