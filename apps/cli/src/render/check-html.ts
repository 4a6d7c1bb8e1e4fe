// The page of `automodel check --html`: findings, and rows as the model will see them, trained
// tokens coloured, token ids under the pointer. One file that loads nothing.
import type { LabelPiece, RowSource } from '@automodel/data';
import type { Finding } from '@automodel/run';
import { when } from './sentence.js';

/** A decoded row. */
export interface CheckedRow {
  readonly source: RowSource;
  readonly tokens: number;
  readonly trainedTokens: number;
  readonly pieces: readonly LabelPiece[];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);

const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1c1e21;
  --dim: #6b7178;
  --line: #d9dce0;
  --trained: #cdebd3;
  --ok: #1a7f37;
  --warning: #9a6700;
  --error: #cf222e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e6e8;
    --dim: #969ca4;
    --line: #3a3f45;
    --trained: #1f4a2b;
    --ok: #57ab5a;
    --warning: #d4a72c;
    --error: #f47067;
  }
}
body {
  font: 15px/1.5 system-ui, sans-serif;
  color: var(--ink);
  max-width: 75rem;
  margin: 2rem auto;
  padding: 0 1rem;
}
table { border-collapse: collapse; width: 100%; }
td { padding: .3rem .8rem .3rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
.ok { color: var(--ok); }
.warning { color: var(--warning); }
.error { color: var(--error); }
.note, .hint, .place { color: var(--dim); }
pre {
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  border: 1px solid var(--line);
  border-radius: .4rem;
  padding: .8rem;
  color: var(--dim);
}
mark { background: var(--trained); color: var(--ink); }
pre span:hover, pre mark:hover { outline: 1px solid var(--dim); }`;

const cell = (html: string, className?: string): string =>
  `<td${when(className, (name) => ` class="${name}"`)}>${html}</td>`;

function findingRow({ check, level, message, location, hint }: Finding): string {
  const place = location === undefined || message.startsWith(location) ? '' : `${location}: `;
  const advice = when(hint, (words) => `<div class="hint">${escape(words)}</div>`);
  const cells = [cell(level, level), cell(escape(check)), cell(escape(place + message) + advice)];
  return `<tr>${cells.join('')}</tr>`;
}

function pieceSpan({ text, trained, tokenIds }: LabelPiece): string {
  const tag = trained ? 'mark' : 'span';
  return `<${tag} title="${tokenIds.join(' ')}">${escape(text)}</${tag}>`;
}

const rowBlock = ({ source, tokens, trainedTokens, pieces }: CheckedRow): string =>
  `<h3>${escape(source.file)}:${source.row} <span class="place">${tokens} tokens, ` +
  `${trainedTokens} trained</span></h3>\n<pre>${pieces.map(pieceSpan).join('')}</pre>`;

/** The whole page. */
export function checkHtml(
  title: string,
  findings: readonly Finding[],
  rows: readonly CheckedRow[],
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>${escape(title)}</h1>
<table>${findings.map(findingRow).join('\n')}</table>
<h2>Rows as the model sees them</h2>
<p>
<mark>Marked</mark> text is trained, the rest is only read. Hold the pointer over a token for its
id.
</p>
${rows.map(rowBlock).join('\n')}
</body></html>
`;
}
