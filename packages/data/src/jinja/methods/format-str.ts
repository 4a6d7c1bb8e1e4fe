// str.format of a text or of Markup, which escapes what it puts in.
import { valueError } from '../failures/failure.js';
import { escape } from '../python/escape.js';
import { formatValue } from '../python/format-value.js';
import { strFormat } from '../python/str-format.js';
import { asMarkup } from '../python/strings.js';
import type { Run } from '../values/run.js';
import { concat, recast } from '../text/join.js';
import { isMarkup, type Str } from '../text/text.js';
import type { Named, Value } from '../values/value.js';

/** `text.format(*args, **named)`: one piece. Errors: as Python's. */
export function formatStr(run: Run, text: Str, args: readonly Value[], named: Named): Str {
  const parts = strFormat(run, text, args, named, {
    attribute: (object, name) => run.lookup.attribute(run, object, name),
    item: (object, key) => run.lookup.item(run, object, key),
    write: (value, specification) =>
      isMarkup(text)
        ? formatEscaped(run, value, specification)
        : formatValue(run, value, specification),
  });
  const formatted = recast(run, concat(run, parts), text);
  return isMarkup(text) ? asMarkup(run, formatted) : formatted;
}

function formatEscaped(run: Run, value: Value, specification: string): Str {
  if (!isMarkup(value)) return escape(run, formatValue(run, value, specification));
  if (specification !== '') throw valueError('Unsupported format specification for Markup.');
  return value;
}
