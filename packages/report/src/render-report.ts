// A run as one HTML file that asks for nothing else: uPlot, styles and data are inside, and a
// content security policy forbids every request and every script but these.
import { createHash } from 'node:crypto';
import { reportAssets } from './assets.js';
import { chartsOf } from './charts.js';
import { html, jsonMarkup, Markup } from './markup.js';
import type { ReportData } from './report-data.js';
import { curves } from './sections/curves.js';
import { generations } from './sections/generations.js';
import { headline } from './sections/headline.js';
import { planAgainstMeasured } from './sections/plan-against-measured.js';
import { runFacts, savedFiles } from './sections/run-facts.js';

const hashOf = (script: string): string =>
  `'sha256-${createHash('sha256').update(script).digest('base64')}'`;

/** The text of report.html. Everything that comes from the data is escaped. */
export function renderReport(data: ReportData): string {
  const { scripts, styles } = reportAssets();
  const charts = chartsOf(data);
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; " +
    `script-src ${scripts.map(hashOf).join(' ')}`;
  const written = data.updatedAt.toISOString().slice(0, 19).replace('T', ' ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${data.name}: Automodel run</title>
${styles.map((style) => html`<style>${new Markup(style)}</style>`)}
</head>
<body>
<main>
${headline(data)}
${savedFiles(data)}
${curves(data, charts)}
${generations(data)}
${planAgainstMeasured(data)}
${runFacts(data)}
</main>
<footer>Written ${written} UTC by Automodel. Charts: uPlot, MIT licence.</footer>
<script type="application/json" id="charts">${jsonMarkup(charts)}</script>
${scripts.map((script) => html`<script>${new Markup(script)}</script>`)}
</body>
</html>
`.text;
}
