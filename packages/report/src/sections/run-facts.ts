// What was saved and what to type next; model, data, environment and the recipe.
import { html, type Markup } from '../format/markup.js';
import { countText } from '../format/units.js';
import type { ReportData } from '../report-data.js';
import { table, type Cell } from './table.js';

/** Nothing at the beginning of a run. */
export function savedFiles(data: ReportData): Markup | undefined {
  const { status, saved, nextCommand, notes } = data;
  if (status === 'running' && saved.length === 0 && notes.length === 0) return undefined;
  const next =
    nextCommand === undefined
      ? undefined
      : html`<p>Next:</p><pre class="command">${nextCommand}</pre>`;
  const items = notes.map((note) => html`<li>${note}</li>`);
  const listed = items.length === 0 ? undefined : html`<h3>Notes</h3><ul>${items}</ul>`;
  return html`<h2>Result</h2>
${
  saved.length === 0
    ? html`<p>Nothing was saved yet.</p>`
    : table(
        'What was saved',
        [],
        saved.map(({ what, path }): Cell[] => [what, html`<code>${path}</code>`]),
        true,
      )
}
${next}
${listed}`;
}

function modelRows({ model }: ReportData): Cell[][] {
  if (model === undefined) return [];
  const { type, path, parameters, precision, fromScratch, adapter } = model;
  return [
    ['Model', `${type}${fromScratch ? ', random weights' : ''}`],
    ['Folder', html`<code>${path}</code>`],
    ['Parameters', countText(parameters)],
    ['Precision', precision],
    ...(adapter === undefined
      ? []
      : [
          [
            'Adapter',
            `${adapter.name} on ${adapter.modules} modules, ${countText(adapter.parameters)} ` +
              'parameters',
          ],
        ]),
  ];
}

export function runFacts(data: ReportData): Markup {
  const { datasets, environment, recipe } = data;
  return html`<h2>Run</h2>
${table('Model', [], modelRows(data), true)}
${table(
  'Data',
  ['', 'rows', 'tokens', 'of them trained', 'file'],
  datasets.map(({ name, file, rows, tokens, trainedTokens }): Cell[] => [
    name === 'default' ? 'validation' : name,
    rows,
    countText(tokens),
    countText(trainedTokens),
    html`<code>${file}</code>`,
  ]),
)}
${table('Environment', [], Object.entries(environment), true)}
<h3>Recipe</h3><pre class="recipe" tabindex="0">${recipe}</pre>`;
}
