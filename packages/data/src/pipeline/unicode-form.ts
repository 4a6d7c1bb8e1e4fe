// Unicode's normalisation forms as the Rust library has them: its tables are older, so characters
// that came later stay as they are, and texts are composed around them.
import {
  NEWER_COMPATIBILITY,
  NEWER_COMPOSITES,
  NEWER_MARKS,
} from '../patterns/unicode-versions.js';

export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/** All of these characters are beyond it: most texts need no closer look. */
const LATER = /[\u07fd-\uffff]/;
const COMPOSITE = new RegExp(`[${NEWER_COMPOSITES}]`, 'gv');
const KEPT = {
  canonical: new RegExp(`([${NEWER_COMPOSITES}${NEWER_MARKS}]+)`, 'v'),
  compatibility: new RegExp(`([${NEWER_COMPATIBILITY}${NEWER_MARKS}]+)`, 'v'),
};

/** `text` in the form. */
export function unicodeForm(text: string, form: UnicodeForm): string {
  if (!LATER.test(text)) return text.normalize(form);
  const kept = KEPT[form.includes('K') ? 'compatibility' : 'canonical'];
  if (!kept.test(text)) return formed(text, form);
  return text
    .split(kept)
    .map((part, i) => (i % 2 === 1 ? part : formed(part, form)))
    .join('');
}

/** A composite that the tables do not know is never made. */
function formed(text: string, form: UnicodeForm): string {
  const result = text.normalize(form);
  return form.endsWith('C')
    ? result.replace(COMPOSITE, (character) => character.normalize('NFD'))
    : result;
}
