// Sets overrides in recipe data by their dotted paths, making sections that are not there.
import { AutomodelError } from '@automodel/core';
import { isMapping } from '../issues/is-mapping.js';
import type { Override } from './parse-overrides.js';

const TYPE_KEYS = ['type', '_target_'];

/**
 * A copy of recipe data with overrides set, in order. Overriding `type` replaces a `_target_` and
 * the reverse.
 * @throws AutomodelError `bad-recipe` naming the option when its path goes through a value that is
 * not a section.
 */
export function applyOverrides(
  data: Readonly<Record<string, unknown>>,
  overrides: readonly Override[],
): Record<string, unknown> {
  return overrides.reduce((result, override) => set(result, override, 0), { ...data });
}

function set(
  section: Readonly<Record<string, unknown>>,
  override: Override,
  depth: number,
): Record<string, unknown> {
  const { path, option, value } = override;
  const key = path[depth] as string;
  if (depth === path.length - 1) {
    const others = TYPE_KEYS.includes(key)
      ? Object.entries(section).filter(([name]) => !TYPE_KEYS.includes(name))
      : Object.entries(section);
    return { ...Object.fromEntries(others), [key]: value };
  }
  const child = section[key] ?? {};
  const isOff = typeof child === 'string' && /^none$/i.test(child);
  if (!isMapping(child) && !isOff)
    throw new AutomodelError(
      'bad-recipe',
      `${path.slice(0, depth + 1).join('.')} is a value, not a section of keys`,
      { location: option },
    );
  return { ...section, [key]: set(isMapping(child) ? child : {}, override, depth + 1) };
}
