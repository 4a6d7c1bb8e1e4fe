// Exact match over time, which labels were taken for which, and sample answers: the same prompts,
// answered at each moment that was evaluated, beside the answer that was expected.
import { html, type Markup } from '../format/markup.js';
import { percentText } from '../format/units.js';
import type { ReportData, ReportEvaluation, ReportSample } from '../report-data.js';
import { confusionTable } from './confusion-table.js';
import { scoreTables } from './scores.js';
import { table, type Cell } from './table.js';

export const momentOf = ({ steps }: Pick<ReportEvaluation, 'steps'>): string =>
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

/** One prompt, what was expected, and beside it what was answered at each moment. */
function sample(evaluations: readonly ReportEvaluation[], index: number): Markup | undefined {
  const given = evaluations.flatMap((evaluation) => {
    const found = evaluation.samples[index];
    return found === undefined ? [] : [{ ...found, moment: momentOf(evaluation) }];
  });
  const [first] = given;
  if (first === undefined) return undefined;
  return html`<article><p class="label">prompt</p><pre>${first.prompt}</pre>
<div class="beside">
<div class="expected"><p class="label">expected</p><pre>${first.expected}</pre></div>
<dl class="given">${given.map(answer)}</dl>
</div></article>`;
}

function answer({ moment: at, correct, answer: text }: ReportSample & { moment: string }): Markup {
  const [style, verdict] = correct ? ['right', 'as expected'] : ['wrong', 'differs'];
  const said = text === '' ? html`<em>nothing</em>` : html`<pre>${text}</pre>`;
  return html`<dt>${at} <span class="${style}">${verdict}</span></dt><dd>${said}</dd>`;
}

export function answers({ evaluations }: ReportData): Markup | undefined {
  if (evaluations.length === 0) return undefined;
  const labelled = evaluations.findLast(({ confusion }) => confusion !== undefined);
  return html`<h2>Answers</h2>
${exactMatches(evaluations)}
${labelled?.confusion && confusionTable(labelled.confusion, momentOf(labelled))}
${scoreTables(evaluations, momentOf)}
${samples(thinned(evaluations))}`;
}

function exactMatches(evaluations: readonly ReportEvaluation[]): Markup | undefined {
  const rows = evaluations.flatMap((evaluation): Cell[][] => {
    const { exactMatch, correct, total } = evaluation;
    if (exactMatch === undefined) return [];
    return [[momentOf(evaluation), percentText(exactMatch), `${correct} of ${total}`]];
  });
  if (rows.length === 0) return undefined;
  return table('Exact match on held-out rows', ['', 'exact match', 'right'], rows);
}

function samples(evaluations: readonly ReportEvaluation[]): Markup | undefined {
  const count = Math.max(...evaluations.map((evaluation) => evaluation.samples.length));
  if (count === 0) return undefined;
  const articles = Array.from({ length: count }, (_, index) => sample(evaluations, index));
  return html`<h3>Samples</h3><div class="samples">
${articles.filter((article) => article !== undefined)}
</div>`;
}
