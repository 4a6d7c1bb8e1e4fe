// The page of `automodel check --html`: findings, and rows as the model will see them, trained
// tokens coloured, token ids under the pointer. One file that loads nothing.
import type { LabelPiece, RowSource } from '@automodel/data';
import type { Finding } from '@automodel/run';
import { escapeHtml, htmlPage } from './html-page.js';
import { when } from './sentence.js';

/** A decoded row. */
export interface CheckedRow {
  readonly source: RowSource;
  readonly tokens: number;
  readonly trainedTokens: number;
  readonly pieces: readonly LabelPiece[];
}

const cell = (html: string, className?: string): string =>
  `<td${when(className, (name) => ` class="${name}"`)}>${html}</td>`;

function findingRow({ check, level, message, location, hint }: Finding): string {
  const place = location === undefined || message.startsWith(location) ? '' : `${location}: `;
  const advice = when(hint, (words) => `<div class="hint">${escapeHtml(words)}</div>`);
  const cells = [
    cell(level, level),
    cell(escapeHtml(check)),
    cell(escapeHtml(place + message) + advice),
  ];
  return `<tr>${cells.join('')}</tr>`;
}

function pieceSpan({ text, trained, tokenIds }: LabelPiece): string {
  const tag = trained ? 'mark' : 'span';
  return `<${tag} title="${tokenIds.join(' ')}">${escapeHtml(text)}</${tag}>`;
}

const rowBlock = ({ source, tokens, trainedTokens, pieces }: CheckedRow): string =>
  `<h3>${escapeHtml(source.file)}:${source.row} <span class="place">${tokens} tokens, ` +
  `${trainedTokens} trained</span></h3>\n<pre>${pieces.map(pieceSpan).join('')}</pre>`;

/** The whole page. */
export function checkHtml(
  title: string,
  findings: readonly Finding[],
  rows: readonly CheckedRow[],
): string {
  return htmlPage(
    title,
    `<table>${findings.map(findingRow).join('\n')}</table>
<h2>Rows as the model sees them</h2>
<p>
<mark>Marked</mark> text is trained, the rest is only read. Hold the pointer over a token for its
id.
</p>
${rows.map(rowBlock).join('\n')}`,
  );
}
