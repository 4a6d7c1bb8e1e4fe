// Prints recipe data as YAML, for logs and for the copy stored beside a checkpoint. References to
// the environment stay references; values under keys that look secret are not shown.
import { stringify } from 'yaml';
import { isMapping } from '../issues/is-mapping.js';

const SECRET_WORDS = new Set(['password', 'secret', 'token', 'apikey', 'authorization', 'auth']);
const HIDDEN = '***';

const looksSecret = (key: string): boolean =>
  /api[-_]?key/i.test(key) ||
  key
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .some((word) => SECRET_WORDS.has(word));

function redacted(value: unknown, secret = false): unknown {
  if (Array.isArray(value)) return value.map((entry) => redacted(entry, secret));
  if (isMapping(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        key,
        redacted(entry, secret || looksSecret(key)),
      ]),
    );
  const isReference =
    typeof value === 'string' && /^\$(\{[^{}]*\}|\w+)$/.test(value) && !value.includes(',');
  return secret && value !== null && !isReference ? HIDDEN : value;
}

/** Recipe data as YAML text without secrets. */
export const printRecipe = (data: unknown): string =>
  stringify(redacted(data), { aliasDuplicateObjects: false, lineWidth: 0 });
