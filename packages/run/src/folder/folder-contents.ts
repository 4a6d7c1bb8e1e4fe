// What a folder holds that a run is to write into: nothing, what a run left, or something else,
// with which a run never mixes.
import { readdir } from 'node:fs/promises';
import { isLeftover, parseCheckpointName } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { isLockFile } from './lock-file.js';
import { isMeetingFile, METRICS_FILE, TRACES, TRACKER_FOLDERS } from './run-files.js';

/** Whether a run has written into the folder, or nobody has. */
export async function isFolderOfRun(path: string): Promise<boolean> {
  const names = await readdir(path).catch((cause: NodeJS.ErrnoException) =>
    cause.code === 'ENOENT' ? [] : undefined,
  );
  const isOfRun = (name: string): boolean =>
    name === METRICS_FILE || isLockFile(name) || parseCheckpointName(name) !== undefined;
  return names !== undefined && (names.length === 0 || names.some(isOfRun));
}

/**
 * `startsOver`: the folder holds what a run left that was stopped before its first checkpoint.
 * Errors: `conflict` if it holds anything else, or cannot be read.
 */
export async function checkEmpty(path: string): Promise<{ readonly startsOver: boolean }> {
  const all = await readdir(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw new AutomodelError(
      'conflict',
      cause.code === 'ENOTDIR'
        ? 'exists and is not a folder'
        : `cannot be read (${String(cause.code)})`,
      { location: path, cause },
    );
  });
  const names = all.filter((name) => !isLockFile(name) && !isMeetingFile(name));
  const isTrace = (name: string): boolean =>
    [METRICS_FILE, ...TRACES, ...TRACKER_FOLDERS].includes(name) || isLeftover(name);
  // a recipe alone may be the user's
  const isRun = names.includes(METRICS_FILE);
  if (names.length > 0 && !(isRun && names.every(isTrace)))
    throw new AutomodelError(
      'conflict',
      'the output folder is not empty ' +
        `(${names.slice(0, 3).join(', ')}${names.length > 3 ? ', ...' : ''})`,
      { location: path, hint: 'choose another output folder, or empty this one' },
    );
  return { startsOver: names.length > 0 };
}
