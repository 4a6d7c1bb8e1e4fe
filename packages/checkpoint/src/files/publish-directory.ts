// Publishes a directory all at once: it is filled beside its final place, flushed to disk and
// renamed, so that a reader sees the old folder, the new one, or nothing, never half of it.
// A marker file lists what was written; only a folder that holds nothing else is replaced without
// `overwrite`.
import { mkdir, open, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { diskError } from './disk-error.js';
import { isJsonObject, readJsonFile } from './read-json-file.js';
import { removeDeadStages, stagedPath } from './staged-path.js';
import type { Fence } from './fence.js';
import { unfinished } from './unfinished.js';
import { ALONE, byFirst, firstDoes, together, type WritingGroup } from './writing-group.js';

/**
 * Name of the marker file: it says that the folder was written by this project and lists its files.
 */
export const MARKER_FILE = '.automodel.json';

export interface PublishOptions {
  /**
   * True: replace a folder whatever it holds, once the new one is complete (its files are deleted
   * with it). False: refuse a folder that holds anything. Absent: replace a folder that holds only
   * what this project wrote.
   */
  readonly overwrite?: boolean | undefined;
  /**
   * Looks at the finished folder before it is put in place: where it rejects, nothing was written
   * and an earlier folder is as it was.
   */
  readonly check?: ((built: string) => Promise<void>) | undefined;
  /**
   * Asked just before the folder is put in place; it rejects if the place belongs to another writer
   * by now.
   */
  readonly fence?: Fence | undefined;
  /**
   * The processes that fill the folder together, on one file system: each calls this with the same
   * target. The first one makes the folder, checks it, asks the fence and puts it in place.
   */
  readonly group?: WritingGroup | undefined;
}

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

async function flush(path: string): Promise<void> {
  // Windows cannot flush a directory
  if (process.platform === 'win32' && (await stat(path)).isDirectory()) return;
  const handle = await open(path, 'r+').catch(() => open(path, 'r'));
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function listedFiles(directory: string): Promise<Set<string> | undefined> {
  const marker = await readJsonFile(join(directory, MARKER_FILE)).catch(() => undefined);
  const files = marker?.value['files'];
  return isJsonObject(marker?.value) && Array.isArray(files)
    ? new Set([MARKER_FILE, ...files.map(String)])
    : undefined;
}

/**
 * Check that a directory may be published at `target`: it does not exist, is empty, or holds only
 * files that an earlier publication wrote. Also call it before long work.
 * @throws AutomodelError `conflict` naming the folder and a file that would be lost.
 */
export async function checkPublishTarget(
  target: string,
  options: PublishOptions = {},
): Promise<void> {
  const path = resolve(target);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isDirectory())
    throw new AutomodelError('conflict', 'exists and is not a folder', { location: path });
  if (options.overwrite === true) return refuseOwnPlace(path);
  const present = await filesUnder(path);
  if (options.overwrite === false && present[0] !== undefined)
    throw new AutomodelError('conflict', `the folder exists and is not empty (${present[0]})`, {
      location: path,
      hint: 'choose another output folder, or replace this one with --force',
    });
  const listed = await listedFiles(path);
  const foreign = present.find((name) => listed?.has(name) !== true);
  if (foreign !== undefined) {
    throw new AutomodelError(
      'conflict',
      `the folder is not empty and was not written by automodel alone (${foreign})`,
      { location: path, hint: 'choose another output folder, or move these files away' },
    );
  }
}

/** Errors: `conflict` for a folder that is, or is above, the working directory or the home. */
async function refuseOwnPlace(path: string): Promise<void> {
  const place = await realpath(path);
  for (const own of [process.cwd(), homedir()])
    if (`${own}${sep}`.startsWith(place.endsWith(sep) ? place : `${place}${sep}`))
      throw new AutomodelError('conflict', `replacing this folder would remove ${own}`, {
        location: path,
        hint: 'choose another output folder',
      });
}

/**
 * Move the finished directory into place. An existing one is set aside first and put back when the
 * move fails.
 */
async function replace(built: string, path: string): Promise<void> {
  const exists = (await stat(path).catch(() => undefined)) !== undefined;
  if (!exists) return rename(built, path);
  const aside = `${built}-old`;
  await rename(path, aside);
  try {
    await rename(built, path);
  } catch (cause) {
    await rename(aside, path);
    throw cause;
  }
  await rm(aside, { recursive: true, force: true });
}

/** Flushes a finished folder and puts it in place; returns its files. */
async function putInPlace(built: string, path: string, options: PublishOptions): Promise<string[]> {
  const files = await filesUnder(built);
  await writeFile(
    join(built, MARKER_FILE),
    `${JSON.stringify({ written_by: 'automodel', files }, null, 2)}\n`,
  );
  for (const name of [...files, MARKER_FILE]) await flush(join(built, name));
  const folders = new Set(files.map((name) => dirname(join(built, name))));
  for (const folder of [...folders, built]) await flush(folder);
  await options.check?.(built);
  await checkPublishTarget(path, options);
  await options.fence?.();
  await replace(built, path);
  await flush(dirname(path));
  return files;
}

/** A folder on its way. */
interface Stage {
  /** Where it is to be. */
  readonly path: string;
  /** Where it is filled. */
  readonly built: string;
}

async function newStage(target: string, options: PublishOptions): Promise<Stage> {
  await checkPublishTarget(target, options);
  // a link keeps pointing at what it named
  const path = await realpath(resolve(target)).catch(() => resolve(target));
  await removeDeadStages(path);
  return { path, built: stagedPath(path) };
}

/**
 * Fill a new directory through `build`, then put it at `target` in one step. When anything fails,
 * nothing of it remains and `target` is as it was.
 * @returns the names of the files written, without the marker
 * @throws AutomodelError `conflict` as checkPublishTarget; `io` when the disk fails; whatever
 * `build` throws; those of the check and of the fence.
 */
export async function publishDirectory(
  target: string,
  build: (directory: string) => Promise<void>,
  options: PublishOptions = {},
): Promise<string[]> {
  const { group = ALONE } = options;
  const stage = await byFirst(group, async () => JSON.stringify(await newStage(target, options)));
  const { path, built } = JSON.parse(stage) as Stage;
  const step = (work: () => Promise<unknown>) => async (): Promise<string> => {
    const made = await work().catch((cause: unknown) => {
      throw diskError(cause, path);
    });
    return JSON.stringify(made ?? null);
  };
  const { done } = group.rank === 0 ? unfinished(built) : { done: () => undefined };
  try {
    await byFirst(
      group,
      step(() => mkdir(built, { recursive: true })),
    );
    await together(
      group,
      step(() => build(built)),
    );
    return JSON.parse(
      await byFirst(
        group,
        step(() => putInPlace(built, path, options)),
      ),
    ) as string[];
  } catch (cause) {
    await firstDoes(group, async () => {
      await rm(built, { recursive: true, force: true });
      await options.fence?.(); // the next owner has removed what was being written
    });
    throw cause;
  } finally {
    done();
  }
}
