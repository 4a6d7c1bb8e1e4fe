// Compares the files that one list item wrote with the base and with the head: weights, adapters,
// optimizer states and exported files as bytes, texts and JSON without what is measured.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { comparableLines, firstDifference } from './comparable-text.js';
import { describeTensors } from './compare-tensors.js';
import type { Renames } from './renames.js';

/** Written for people, with times and wording in them. */
const NOT_COMPARED = /(^|\/)(report\.(html|json)|[^/]*\.log|\.lock-\d+\.json)$/;
const TEXT = /\.(json|jsonl|yaml|txt|jinja|md)$/;

/** Paths below `folder` of all that is no folder, sorted. */
function filesBelow(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true })
    .flatMap((entry) => {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(folder, path) : [path];
    })
    .sort();
}

function compareFile(
  base: string,
  head: string,
  path: string,
  renames: Renames,
): string | undefined {
  const [from, to] = [join(base, path), join(head, path)];
  const links = [from, to].map((file) => lstatSync(file).isSymbolicLink());
  if (links[0] !== links[1]) return 'a link became a file, or a file a link';
  if (links[0] === true) return firstDifference([readlinkSync(from)], [readlinkSync(to)]);
  const [old, now] = [readFileSync(from), readFileSync(to)];
  if (!TEXT.test(path)) {
    if (old.equals(now)) return undefined;
    return path.endsWith('.safetensors')
      ? describeTensors(old, now)
      : `${old.length} bytes, now ${now.length}`;
  }
  return firstDifference(
    comparableLines(path, old.toString(), { folder: base, renames }),
    comparableLines(path, now.toString(), { folder: head, renames: {} }),
  );
}

/** One line for each file that differs; empty where nothing does. `count` is what was compared. */
export function compareFolders(
  base: string,
  head: string,
  renames: Renames,
): { readonly differences: readonly string[]; readonly count: number } {
  const [from, to] = [filesBelow(base), filesBelow(head)];
  const paths = [...new Set([...from, ...to])].sort().filter((path) => !NOT_COMPARED.test(path));
  const differences = paths.flatMap((path) => {
    if (!to.includes(path)) return [`${path}: not written any more`];
    if (!from.includes(path)) return [`${path}: not written before`];
    const what = compareFile(base, head, path, renames);
    return what === undefined ? [] : [`${path}: ${what}`];
  });
  return { differences, count: paths.length };
}
