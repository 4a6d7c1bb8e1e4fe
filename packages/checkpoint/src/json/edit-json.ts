// Changes single members of a JSON object, or of an object directly inside it, as text, so that a
// config.json keeps its key order, its spacing and the way its numbers were written (1e-06,
// 10000.0).
import { AutomodelError } from '@automodel/core';
import { parseJson, type JsonDocument, type JsonValue } from './parse-json.js';

function indentationOf(document: JsonDocument, position: number): string {
  const lineStart = document.text.lastIndexOf('\n', position - 1);
  if (lineStart < 0) return '';
  const lead = document.text.slice(lineStart + 1, position);
  return /^[ \t]*$/.test(lead) ? `\n${lead}` : '';
}

/** `literal`: the value as JSON text. */
function setMember(text: string, key: string, literal: string): string {
  const document = parseJson(text, 'config.json');
  const member = document.members.get(key);
  if (member !== undefined)
    return text.slice(0, member.valueStart) + literal + text.slice(member.valueEnd);
  const last = [...document.members.values()].at(-1);
  if (last === undefined) return `{\n  ${JSON.stringify(key)}: ${literal}\n}\n`;
  const separator = indentationOf(document, last.keyStart) || ' ';
  return (
    `${text.slice(0, last.valueEnd)},${separator}${JSON.stringify(key)}: ` +
    `${literal}${text.slice(last.valueEnd)}`
  );
}

/**
 * The text of a JSON object with the given top-level members replaced or, where absent, appended;
 * everything else stays byte for byte.
 * @throws AutomodelError `bad-argument` for a value that JSON cannot hold (NaN, Infinity).
 */
export function editJson(text: string, changes: Readonly<Record<string, JsonValue>>): string {
  let result = text;
  for (const [key, value] of Object.entries(changes)) {
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new AutomodelError(
        'bad-argument',
        `config change ${key}: ${value} is not a JSON number`,
      );
    result = setMember(result, key, JSON.stringify(value));
  }
  return result;
}

/**
 * The same for members of the object under `key`, which is added where it is absent. Errors: as for
 * `editJson`.
 */
export function editJsonWithin(
  text: string,
  key: string,
  changes: Readonly<Record<string, JsonValue>>,
): string {
  const member = parseJson(text, 'config.json').members.get(key);
  const inner = member === undefined ? '{}' : text.slice(member.valueStart, member.valueEnd);
  return setMember(text, key, editJson(inner, changes).trimEnd());
}
