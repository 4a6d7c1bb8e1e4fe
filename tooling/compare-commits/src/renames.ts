// Names that a refactor has changed: texts of the base are compared as if they were written with
// the new names. The map is committed (renames.json), so a reader sees what was taken for equal.
import { readFileSync } from 'node:fs';

/** Old name to new name; a name is replaced where it stands as a whole word. */
export type Renames = Readonly<Record<string, string>>;

/** The map in `file`. Errors: not an object of texts. */
export function readRenames(file: string): Renames {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap || !Object.values(value).every((name) => typeof name === 'string'))
    throw new Error(`${file}: write an object that maps old names to new names`);
  return value as Renames;
}

const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** `text` with the new names. All names are replaced at once, so two names can be exchanged. */
export function applyRenames(text: string, renames: Renames): string {
  const names = Object.keys(renames).sort((a, b) => b.length - a.length);
  if (names.length === 0) return text;
  const word = new RegExp(
    `(?<![A-Za-z0-9_])(?:${names.map(escape).join('|')})(?![A-Za-z0-9_])`,
    'g',
  );
  return text.replace(word, (name) => renames[name] ?? name);
}
