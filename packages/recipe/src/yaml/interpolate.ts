// Replaces references to environment variables in recipe values: ${NAME}, ${NAME,default},
// ${oc.env:NAME}, ${oc.env:NAME,default}, and a value that is just $NAME. Chat templates are
// programs of their own and are left alone.
import type { Issue, Path } from '../issues/issue.js';
import { isMapping } from '../issues/is-mapping.js';

const REFERENCE = /\$\{(?:oc\.env:)?([A-Za-z_][A-Za-z0-9_.]*)(?:,([^{}]*))?\}/g;
const BARE = /^\$([A-Za-z_][A-Za-z0-9_]*)$/;
const MAX_LENGTH = 1000; // longer text is prose or a template

/** Variables by name, as process.env. */
export type Environment = Readonly<Record<string, string | undefined>>;

function replaced(text: string, path: Path, environment: Environment, issues: Issue[]): string {
  const valueOf = (name: string, fallback: string | undefined): string => {
    const value = environment[name] ?? fallback?.trim();
    if (value === undefined)
      issues.push({
        path,
        at: 'value',
        message: `the environment variable ${name} is not set and has no default`,
      });
    return value ?? '';
  };
  const bare = BARE.exec(text)?.[1];
  if (bare !== undefined) return valueOf(bare, undefined);
  return text.replace(REFERENCE, (_, name: string, fallback: string | undefined) =>
    valueOf(name, fallback),
  );
}

/**
 * A copy of recipe data with references replaced; a variable that is not set and has no default
 * becomes an issue.
 */
export function interpolate(
  value: unknown,
  environment: Environment,
  issues: Issue[],
  path: Path = [],
): unknown {
  if (Array.isArray(value))
    return value.map((entry, i) => interpolate(entry, environment, issues, [...path, i]));
  if (isMapping(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        key,
        interpolate(entry, environment, issues, [...path, key]),
      ]),
    );
  if (typeof value !== 'string' || value.length > MAX_LENGTH || path.at(-1) === 'chat_template')
    return value;
  return replaced(value, path, environment, issues);
}
