// A table that scrolls when the screen is too narrow for it.
import { html, type Markup } from '../format/markup.js';

export type Cell = string | number | Markup | undefined;

/**
 * An empty `head` writes none. The first cell of a row is its heading; all others are numbers and
 * aligned to the right, unless `text`.
 */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  text = false,
): Markup {
  const style = text ? html` class="text"` : undefined;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
<table${style}><caption>${caption}</caption>
${headRow(head)}
<tbody>${rows.map(bodyRow)}</tbody></table></div>`;
}

function headRow(head: readonly string[]): Markup | undefined {
  if (head.length === 0) return undefined;
  return html`<thead><tr>${head.map(headCell)}</tr></thead>`;
}

/** A corner that heads nothing is no heading. */
const headCell = (text: string): Markup =>
  text === '' ? html`<td></td>` : html`<th scope="col">${text}</th>`;

function bodyRow([first, ...rest]: readonly Cell[]): Markup {
  const cells = rest.map((cell) => html`<td>${cell}</td>`);
  return html`<tr><th scope="row">${first}</th>${cells}</tr>`;
}
