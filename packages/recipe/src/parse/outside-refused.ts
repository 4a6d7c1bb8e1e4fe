// Which issues still matter when the type of a section is refused.
import type { Issue, Path } from '../issues/issue.js';

/**
 * Without what is wrong inside a section whose type is refused: its keys belong to a type that is
 * not there.
 */
export function outsideRefused(issues: readonly Issue[], refusals: readonly Issue[]): Issue[] {
  const sectionOf = (path: Path): string => path.slice(0, -1).join('.');
  const refused = new Set(
    refusals.filter(({ path }) => path.length > 1).map(({ path }) => sectionOf(path)),
  );
  return issues.filter(({ path }) => !refused.has(sectionOf(path)));
}
