// Which files of a folder are its own. A link can lead anywhere: what it leads to may be private,
// and must not become part of a result that is given away.
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';

/** Names that belong to the folder, and links that lead out of it. */
export interface OwnFiles {
  readonly own: readonly string[];
  readonly foreign: readonly string[];
}

/**
 * Sorts `names`, relative to `directory`. Files of a snapshot in the hub's cache are links to the
 * cache's own `blobs`, which counts as inside.
 */
export async function ownFiles(directory: string, names: readonly string[]): Promise<OwnFiles> {
  const folder = await realpath(directory);
  const inside = [folder];
  const snapshots = dirname(folder);
  if (basename(snapshots) === 'snapshots') inside.push(join(dirname(snapshots), 'blobs'));
  const own: string[] = [];
  const foreign: string[] = [];
  for (const name of names) {
    const real = await realpath(join(directory, name)).catch(() => undefined);
    const isOwn = inside.some((place) => real?.startsWith(`${place}${sep}`) === true);
    (isOwn ? own : foreign).push(name);
  }
  return { own, foreign };
}

/** What to say of files that were left out. */
export const foreignNote = (name: string): string =>
  `${name} is a link that leads out of the model's folder: it is not copied into results`;
