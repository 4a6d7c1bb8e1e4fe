// Which override is to blame for what stands at a path of a recipe.
import { isMapping } from '../issues/is-mapping.js';
import type { Path } from '../issues/issue.js';
import type { Override } from '../overrides/parse-overrides.js';

/** What stands at a path; undefined where nothing does. */
export const valueAt = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, key) => (isMapping(value) ? value[key] : undefined), data);

/**
 * The override to blame for a path: the last that set it or a parent of it, or, when the recipe
 * itself has nothing there, one that set something below it.
 */
export function overrideAt(
  path: Path,
  overrides: readonly Override[],
  written: unknown,
): Override | undefined {
  const same = (override: Override): boolean =>
    override.path.every(
      (part, i) =>
        i >= path.length || path[i] === part || (part === 'type' && path[i] === '_target_'),
    );
  const absent = valueAt(written, path) === undefined;
  return overrides.findLast(
    (override) => same(override) && (absent || path.length >= override.path.length),
  );
}
