// Command-line overrides in NeMo's grammar: `--a.b.c value`, `--a.b.c=value`, bare `--flag` (true).
// A token that begins with `--` is never a value; `-1` is.
import { AutomodelError } from '@automodel/core';
import { parseDocument } from 'yaml';

/**
 * One override: a dotted path, its value (text until the schema says what it is, or a list or
 * mapping in YAML flow style), and the option as typed.
 */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly option: string;
}

function valueOf(text: string, option: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors[0] !== undefined)
    throw new AutomodelError(
      'bad-recipe',
      `${JSON.stringify(text)} is not a list or mapping: ${document.errors[0].message}`,
      { location: option },
    );
  return document.toJS() as unknown;
}

/**
 * Overrides from command-line tokens.
 * @throws AutomodelError `bad-recipe` for a token that belongs to no option, or an option without a
 * name.
 */
export function parseOverrides(tokens: readonly string[]): Override[] {
  const overrides: Override[] = [];
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i] as string;
    if (!token.startsWith('--'))
      throw new AutomodelError('bad-recipe', `${JSON.stringify(token)} belongs to no option`, {
        hint: 'write overrides as --section.key value, after the recipe',
      });
    const equals = token.indexOf('=');
    const option = equals < 0 ? token : token.slice(0, equals);
    const path = option.slice(2).split('.');
    if (path.some((part) => part === ''))
      throw new AutomodelError('bad-recipe', 'not a dotted path of recipe keys', {
        location: option,
      });
    if (equals >= 0) {
      overrides.push({ path, value: valueOf(token.slice(equals + 1), option), option });
      continue;
    }
    const next = tokens[i + 1];
    const hasValue = next !== undefined && !next.startsWith('--');
    if (hasValue) i += 1;
    overrides.push({ path, value: hasValue ? valueOf(next, option) : true, option });
  }
  return overrides;
}
