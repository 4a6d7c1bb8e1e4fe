// What markupsafe does with Markup: references as characters, and text without tags.
import type { Run } from '../values/run.js';
import { remade } from '../text/join.js';
import { textOperation } from '../text/operation.js';
import type { Str } from '../text/text.js';
import { SPACE_CLASS } from '../text/white-space.js';
import { unescapeHtml } from './html-references.js';
import { stripSpace } from '../values/ints.js';

const SPACES = new RegExp(`${SPACE_CLASS}+`, 'g');

const unescaped = textOperation((text: Str): Str => remade(text, unescapeHtml));

const withoutTags = textOperation((text: Str): Str =>
  remade(text, (all) => unescapeHtml(stripSpace(removeTags(all)).replace(SPACES, ' '))),
);

function removeTags(text: string): string {
  let [kept, at] = ['', 0];
  for (let start = text.indexOf('<'); start >= 0; start = text.indexOf('<', at)) {
    const isComment = text.startsWith('<!--', start);
    const end = isComment ? text.indexOf('-->', start + 4) : text.indexOf('>', start);
    if (end < 0) break;
    kept += text.slice(at, start);
    at = end + (isComment ? 3 : 1);
  }
  return kept + text.slice(at);
}

/** `Markup.unescape`: no longer Markup. */
export function unescape(run: Run, text: Str): Str {
  return unescaped(run, text);
}

/** `Markup.striptags`. */
export function striptags(run: Run, text: Str): Str {
  return withoutTags(run, text);
}
