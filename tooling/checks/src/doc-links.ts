// Relative links of the documentation: each must lead to a file of the repository.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Links of `file` (relative to `root`) that lead nowhere, as `file: target`. Links to the web and
 * to headings are not followed.
 */
export function brokenLinks(root: string, file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, '');
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return targets
    .filter((target) => !/^([a-z]+:|#)/.test(target))
    .filter((target) => !existsSync(join(root, dirname(file), target.split('#')[0] ?? '')))
    .map((target) => `${file}: ${target}`);
}
