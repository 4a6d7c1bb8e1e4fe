// Jinja's filter `indent`.
import { blend } from './join.js';
import { textOperation } from './operation.js';
import { charactersOf, type Str } from './text.js';
import { isLineEnd } from './white-space.js';

/** The lines of `str.splitlines`, of a text that ends with a line end. */
function linesOf(text: string): string[] {
  const lines: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (!isLineEnd(unit)) continue;
    lines.push(text.slice(from, at));
    if (unit === 13 && text.charCodeAt(at + 1) === 10) at++;
    from = at + 1;
  }
  return lines;
}

/** All lines but the first and those that are empty, unless `first` and `blank` say otherwise. */
export const indent = textOperation(
  (text: Str, indentation: Str, first: boolean, blank: boolean): Str => {
    const before = charactersOf(indentation);
    const [head = '', ...others] = linesOf(`${charactersOf(text)}\n`);
    const lines = others.map((line) => (line === '' && !blank ? line : before + line));
    const indented = (first ? before : '') + [head, ...lines].join('\n');
    return blend(indented, text, indentation);
  },
);
