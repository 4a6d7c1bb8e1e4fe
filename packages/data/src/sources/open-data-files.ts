// Finds the data files behind what a user writes: files, lists of files, globs, and folders, of
// which one split is read.
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AutomodelError, canonicalSplit } from '@automodel/core';
import type { DataFile, OpenOptions } from './data-source.js';
import { foreignHint, foreignKind, namedFormat, openFile } from './file-kind.js';
import { filesOfFolder, skippedNote } from './files-of-folder.js';
import { filesBelow, isGlob, matchGlob } from './glob.js';
import { splitOf } from './split-names.js';

/** What to say about folders. */
export interface FolderOptions {
  /** Called with a sentence for each folder of which some files are not read. */
  readonly onSkipped?: ((sentence: string) => void) | undefined;
}

/**
 * The files behind `paths`, in the order written; those of a folder or glob in order of their
 * names.
 * Errors: `missing-file` (nothing there), `bad-data` (a folder with several splits or formats, and
 * none chosen), `bad-file` (not a kind that can be read).
 */
export async function openDataFiles(
  paths: string | readonly string[],
  options: OpenOptions & FolderOptions = {},
): Promise<readonly DataFile[]> {
  const written = typeof paths === 'string' ? [paths] : paths;
  if (written.length === 0) throw new AutomodelError('bad-argument', 'no data file is named');
  const found = await Promise.all(
    written.map((path) =>
      filesBehind(resolve(options.workingDirectory ?? '.', path), path, options),
    ),
  );
  return Promise.all(found.flat().map((path) => openFile(path, options)));
}

/**
 * True where something on this disk answers to `path`: a file, a folder, or a glob with a match.
 */
export async function existsLocally(path: string, workingDirectory = '.'): Promise<boolean> {
  const absolute = resolve(workingDirectory, path);
  if ((await kindOf(absolute)) !== 'nothing') return true;
  return isGlob(path) && (await matchGlob(absolute)).length > 0;
}

/** The splits that files of the folder at `path` belong to; of anything else none. */
export async function splitsOfFolder(
  path: string,
  workingDirectory = '.',
): Promise<ReadonlySet<string>> {
  const absolute = resolve(workingDirectory, path);
  if ((await kindOf(absolute)) !== 'folder') return new Set();
  const { data } = filesOfFolder(await filesBelow(absolute));
  return new Set(data.map(splitOf).filter((split) => split !== undefined));
}

/** `written`: the path as the user gave it. */
async function filesBehind(
  path: string,
  written: string,
  options: OpenOptions & FolderOptions,
): Promise<readonly string[]> {
  switch (await kindOf(path)) {
    case 'file':
      return [path];
    case 'folder':
      return chosenOfFolder(path, written, options);
    case 'nothing': {
      if (!isGlob(path))
        throw new AutomodelError('missing-file', 'no such data file', {
          location: path,
          hint: 'check the path',
        });
      const matches = await matchGlob(path);
      if (matches.length === 0)
        throw new AutomodelError('missing-file', 'no file matches this pattern', {
          location: path,
          hint: 'check the path',
        });
      return matches;
    }
  }
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) return 'nothing';
  return facts.isDirectory() ? 'folder' : 'file';
}

async function chosenOfFolder(
  folder: string,
  written: string,
  { split, onSkipped }: OpenOptions & FolderOptions,
): Promise<readonly string[]> {
  const all = await filesBelow(folder);
  const { data: files, skipped } = filesOfFolder(all);
  if (files.length === 0) {
    const foreign = all.map(foreignKind).find((kind) => kind !== undefined);
    throw new AutomodelError(
      'missing-file',
      foreign === undefined
        ? 'the folder holds no data files'
        : `the folder holds no data files that can be read, but ${foreign} files`,
      { location: folder, hint: foreign === undefined ? undefined : foreignHint(foreign) },
    );
  }
  const chosen = ofSplit(folder, files, split);
  checkOneFormat(folder, chosen);
  if (skipped.length > 0) onSkipped?.(skippedNote(written, skipped));
  return chosen.map((file) => join(folder, file));
}

/** Errors: `bad-data` for files that are not read in the same way. */
function checkOneFormat(folder: string, files: readonly string[]): void {
  if (new Set(files.map(namedFormat)).size < 2) return;
  const endings = [
    ...new Set(
      files.map((file) =>
        file
          .toLowerCase()
          .replace(/\.(?:gz|gzip|br|zst|zstd)$/, '')
          .split('.')
          .at(-1),
      ),
    ),
  ];
  throw new AutomodelError(
    'bad-data',
    'the folder holds files of several formats: ' +
      endings.map((ending) => `.${ending}`).join(', '),
    {
      location: folder,
      hint: `name the files to read, or write a pattern such as ${folder}/*.${endings[0]}`,
    },
  );
}

function ofSplit(
  folder: string,
  files: readonly string[],
  wanted: string | undefined,
): readonly string[] {
  const splits = new Map<string | undefined, string[]>();
  for (const file of files) {
    const split = splitOf(file);
    splits.set(split, [...(splits.get(split) ?? []), file]);
  }
  const names = [...splits.keys()].map(
    (name) => name ?? `files of no split (${splits.get(undefined)?.[0]})`,
  );
  if (wanted === undefined) {
    if (splits.size === 1) return files;
    throw new AutomodelError('bad-data', `the folder holds several splits: ${names.join(', ')}`, {
      location: folder,
      hint: 'name one with split:, or name the files',
    });
  }
  // Files of which none names a split are the training split, as on the hub.
  const name = canonicalSplit(wanted);
  const chosen =
    splits.get(name) ?? (name === 'train' && splits.size === 1 ? splits.get(undefined) : undefined);
  if (chosen !== undefined) return chosen;
  throw new AutomodelError(
    'bad-data',
    `the folder has no split ${JSON.stringify(wanted)}; it has ${names.join(', ')}`,
    { location: folder },
  );
}
