// Which split a file belongs to, by its name and those of its folders: the rules of the hub's data
// set repositories.
import { canonicalSplit, splitNamed } from '@automodel/core';

const SHARD = /(?:^|\/)(\w+(?:\.\w+)*)-\d{5}-of-\d{5}[^/]*$/;

/**
 * The split of the file at `path` (relative, `/` between folders): by shard name, else by a word in
 * the file's name, else by a folder's. Undefined where nothing says.
 */
export function splitOf(path: string): string | undefined {
  const shard = SHARD.exec(path)?.[1];
  if (shard !== undefined) return canonicalSplit(shard);
  const parts = path.split('/');
  return [parts.pop() ?? '', ...parts.reverse()]
    .map(splitNamed)
    .find((split) => split !== undefined);
}
