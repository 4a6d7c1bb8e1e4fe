// Which labels were answered where which were expected: a row for each expected label, a column for
// each answer. Right answers are on the diagonal; the shade of a cell says its share of the row,
// and the number says it too.
import { html, type Markup } from '../format/markup.js';
import type { ReportConfusion } from '../report-data.js';

/** Shades of a cell in the style sheet, from none to the whole row. */
const SHADES = 4;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

export function confusionTable({ labels, counts }: ReportConfusion, moment: string): Markup {
  const hasOther = counts.some((row) => (row[labels.length] ?? 0) > 0);
  const columns = hasOther ? [...labels, 'something else'] : labels;
  const answered = sum(counts.map(sum)).toLocaleString('en');
  const caption =
    `Labels ${moment}, of the ${answered} rows that were answered: expected in rows, ` +
    'answered in columns';
  const head = columns.map((label) => html`<th scope="col">${label}</th>`);
  const rows = labels.map((label, i) => row(label, i, counts[i] ?? [], columns.length));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
<table class="confusion"><caption>${caption}</caption>
<thead><tr><th scope="col">expected</th>${head}<th scope="col">right</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function row(label: string, place: number, counts: readonly number[], columns: number): Markup {
  const total = sum(counts);
  const cells = Array.from({ length: columns }, (_, i) => {
    const count = counts[i] ?? 0;
    const shade = total === 0 ? 0 : Math.ceil((SHADES * count) / total);
    return html`<td class="${i === place ? 'hit' : 'miss'} shade-${shade}">${count}</td>`;
  });
  const right = html`<td>${counts[place] ?? 0} of ${total}</td>`;
  return html`<tr><th scope="row">${label}</th>${cells}${right}</tr>`;
}
