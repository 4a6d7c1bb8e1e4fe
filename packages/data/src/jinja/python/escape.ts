// markupsafe.escape: the characters that HTML gives a meaning, as references.
import type { Run } from '../values/run.js';
import { remade } from '../text/join.js';
import { textOperation } from '../text/operation.js';
import { isMarkup, type Str } from '../text/text.js';
import type { Value } from '../values/value.js';
import { asMarkup, toStr } from './strings.js';

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '>': '&gt;',
  '<': '&lt;',
  "'": '&#39;',
  '"': '&#34;',
};

const escaped = textOperation((text: Str): Str =>
  remade(text, (all) => all.replace(/[&><'"]/g, (character) => REFERENCES[character] ?? '')),
);

/** `str(value)` escaped; Markup is taken to be escaped. */
export function escape(run: Run, value: Value): Str {
  return isMarkup(value) ? value : escapeAlways(run, toStr(run, value));
}

/** Escaped even where it is Markup. */
export function escapeAlways(run: Run, text: Str): Str {
  run.room((typeof text === 'string' ? text.length : text.text.length) * 6);
  return asMarkup(run, escaped(run, text));
}
