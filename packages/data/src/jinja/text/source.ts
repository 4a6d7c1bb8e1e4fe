// Which source a text is from.
import { commonOrigin } from './origins.js';
import { question } from './operation.js';
import { segmentsOf, type Str } from './text.js';

/** Undefined where it is from none or several. */
export const sourceOf = question(
  (text: Str): number | undefined => commonOrigin(segmentsOf(text))?.source,
);
