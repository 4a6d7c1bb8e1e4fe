// Reads the release headings of a CHANGELOG.md as changesets writes it: the package's name as
// title, then one `## version` a release, newest first.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Title and versions of a package's changelog, or undefined when it has none. */
export function readChangelog(
  packageFolder: string,
): { readonly title: string; readonly versions: readonly string[] } | undefined {
  const path = join(packageFolder, 'CHANGELOG.md');
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, 'utf8').split('\n');
  return {
    title:
      lines
        .find((line) => line.startsWith('# '))
        ?.slice(2)
        .trim() ?? '',
    versions: lines.filter((line) => line.startsWith('## ')).map((line) => line.slice(3).trim()),
  };
}
