// A table that scrolls by itself where a screen is too narrow for it.
import { html, type Markup } from '../markup.js';

export type Cell = string | number | Markup | undefined;

/**
 * An empty `head` is none. The first cell of a row is its heading; all others are numbers and stand
 * to the right, unless `text`.
 */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  text = false,
): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table${text ? html` class="text"` : undefined}><caption>${caption}</caption>
${head.length === 0 ? undefined : html`<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>`}
<tbody>${rows.map(([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}
