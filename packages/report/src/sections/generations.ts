// Exact match and sample generations over time: the same prompts, answered at each moment that was
// evaluated.
import { html, type Markup } from '../markup.js';
import type { ReportData, ReportEvaluation } from '../report-data.js';
import { percentText } from '../units.js';
import { table, type Cell } from './table.js';

const moment = ({ steps }: ReportEvaluation): string =>
  steps === 0 ? 'before training' : `after step ${steps}`;

/** Moments whose answers are shown: more are thinned evenly, the first and the last stay. */
const SHOWN = 8;

function thinned(evaluations: readonly ReportEvaluation[]): readonly ReportEvaluation[] {
  if (evaluations.length <= SHOWN) return evaluations;
  return Array.from(
    { length: SHOWN },
    (_, i) => evaluations[Math.round((i * (evaluations.length - 1)) / (SHOWN - 1))]!,
  );
}

function sample(evaluations: readonly ReportEvaluation[], index: number): Markup {
  const { prompt, expected } = evaluations.find(({ samples }) => samples[index] !== undefined)!
    .samples[index]!;
  const answers = evaluations.flatMap((evaluation) => {
    const found = evaluation.samples[index];
    return found === undefined
      ? []
      : [
          html`<dt>${moment(evaluation)} <span class="${found.correct ? 'right' : 'wrong'}">${found.correct ? 'as expected' : 'differs'}</span></dt><dd><pre>${found.answer}</pre></dd>`,
        ];
  });
  return html`<article><dl><dt>prompt</dt><dd><pre>${prompt}</pre></dd><dt>expected</dt><dd><pre>${expected}</pre></dd>${answers}</dl></article>`;
}

export function generations({ evaluations }: ReportData): Markup | undefined {
  if (evaluations.length === 0) return undefined;
  const measured = evaluations.filter(({ exactMatch }) => exactMatch !== undefined);
  const count = Math.max(...evaluations.map(({ samples }) => samples.length));
  const rows = measured.map((evaluation): Cell[] => [
    moment(evaluation),
    percentText(evaluation.exactMatch!),
    `${evaluation.correct} of ${evaluation.total}`,
  ]);
  return html`<section><h2>Answers</h2>
${rows.length === 0 ? undefined : table('Exact match on held-out rows', ['', 'exact match', 'right'], rows)}
${count === 0 ? undefined : html`<div class="samples">${Array.from({ length: count }, (_, index) => sample(thinned(evaluations), index))}</div>`}</section>`;
}
