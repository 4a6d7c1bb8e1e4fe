// A run as one HTML file that asks for nothing else: script, styles and data are inside, and a
// content security policy forbids every other script and every request. Without its script it is a
// page of pictures and tables. The live page is the same file, which may ask its own server for
// news.
import { reportAssets } from './assets.js';
import { chartFigures } from './chart/chart-figures.js';
import { html, jsonMarkup, Markup } from './format/markup.js';
import type { ReportData } from './report-data.js';
import { runView, type PartName } from './run-view.js';
import { toolbar } from './sections/toolbar.js';

/** The content security policy of a report, and of a live page. */
export function pagePolicy(live: boolean): string {
  const { hashes } = reportAssets();
  return [
    "default-src 'none'",
    `style-src ${hashes.style}`,
    `script-src ${hashes.script}`,
    "base-uri 'none'",
    "form-action 'none'",
    // the icon is empty, so that the browser does not ask for one without the token
    ...(live ? ["connect-src 'self'", 'img-src data:'] : []),
  ].join('; ');
}

/** The text of report.html. Everything that comes from the data is escaped. */
export const renderReport = (data: ReportData): string => page(data, false);

/** The live page: it shows what the data says until its server sends the first view. */
export const renderLivePage = (data: ReportData): string => page(data, true);

function page(data: ReportData, live: boolean): string {
  const { script, style } = reportAssets();
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${pagePolicy(live)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
${live ? html`<link rel="icon" href="data:,">` : undefined}
<title>${data.name}: Automodel run</title>
<style>${new Markup(style)}</style>
</head>
<body${live ? html` data-live` : undefined}>
${body(data, live)}
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}

function body(data: ReportData, live: boolean): Markup {
  const { parts, charts } = runView(data);
  const part = (name: PartName): Markup => {
    const hidden = parts[name] === '' ? html` hidden` : undefined;
    return html`<section id="${name}"${hidden}>${new Markup(parts[name])}</section>`;
  };
  const written = data.updatedAt.toISOString().slice(0, 19).replace('T', ' ');
  const foot = live ? 'Live page of a run' : `Written ${written} UTC`;
  const isEmpty = charts.length === 0;
  return html`<header id="headline">${new Markup(parts.headline)}</header>
<main>
${live ? html`<p id="live" role="status">Connecting to the run.</p>` : undefined}
${part('result')}
<section id="curves"><h2>Curves</h2>
<p id="no-steps"${isEmpty ? undefined : html` hidden`}>No step has run.</p>
${toolbar()}
<div class="charts" id="charts">${chartFigures(charts)}</div>
<div id="numbers">${new Markup(parts.numbers)}</div></section>
${part('answers')}
${part('plan')}
${part('facts')}
</main>
<footer>${foot} by Automodel.</footer>
<script type="application/json" id="chart-data">${jsonMarkup(charts)}</script>`;
}
