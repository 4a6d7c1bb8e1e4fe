// Exact match and sample generations over time: the same prompts, answered at each moment that was
// evaluated.
import { html, type Markup } from '../markup.js';
import type { ReportData, ReportEvaluation, ReportSample } from '../report-data.js';
import { percentText } from '../units.js';
import { table, type Cell } from './table.js';

const moment = ({ steps }: ReportEvaluation): string =>
  steps === 0 ? 'before training' : `after step ${steps}`;

/** Moments whose answers are shown: of more, some are left out evenly, not the first and last. */
const SHOWN = 8;

function thinned(evaluations: readonly ReportEvaluation[]): readonly ReportEvaluation[] {
  if (evaluations.length <= SHOWN) return evaluations;
  const places = Array.from({ length: SHOWN }, (_, i) =>
    Math.round((i * (evaluations.length - 1)) / (SHOWN - 1)),
  );
  return evaluations.filter((_, place) => places.includes(place));
}

/** One prompt and what was answered to it at each moment. */
function sample(evaluations: readonly ReportEvaluation[], index: number): Markup | undefined {
  const given = evaluations.flatMap((evaluation) => {
    const found = evaluation.samples[index];
    return found === undefined ? [] : [{ ...found, moment: moment(evaluation) }];
  });
  const [first] = given;
  if (first === undefined) return undefined;
  return html`<article><dl>
<dt>prompt</dt><dd><pre>${first.prompt}</pre></dd>
<dt>expected</dt><dd><pre>${first.expected}</pre></dd>
${given.map(answer)}
</dl></article>`;
}

function answer({ moment: at, correct, answer: text }: ReportSample & { moment: string }): Markup {
  const [style, verdict] = correct ? ['right', 'as expected'] : ['wrong', 'differs'];
  return html`<dt>${at} <span class="${style}">${verdict}</span></dt><dd><pre>${text}</pre></dd>`;
}

export function generations({ evaluations }: ReportData): Markup | undefined {
  if (evaluations.length === 0) return undefined;
  return html`<section><h2>Answers</h2>
${exactMatches(evaluations)}
${samples(thinned(evaluations))}</section>`;
}

function exactMatches(evaluations: readonly ReportEvaluation[]): Markup | undefined {
  const rows = evaluations.flatMap((evaluation): Cell[][] => {
    const { exactMatch, correct, total } = evaluation;
    if (exactMatch === undefined) return [];
    return [[moment(evaluation), percentText(exactMatch), `${correct} of ${total}`]];
  });
  if (rows.length === 0) return undefined;
  return table('Exact match on held-out rows', ['', 'exact match', 'right'], rows);
}

function samples(evaluations: readonly ReportEvaluation[]): Markup | undefined {
  const count = Math.max(...evaluations.map((evaluation) => evaluation.samples.length));
  if (count === 0) return undefined;
  const articles = Array.from({ length: count }, (_, index) => sample(evaluations, index));
  return html`<div class="samples">
${articles.filter((article) => article !== undefined)}
</div>`;
}
