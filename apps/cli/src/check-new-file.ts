// A file that a command puts in place once it is complete: whether it can be, before any work.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import type { CliContext } from './cli-context.js';
import { refuseExisting, type WrittenFile } from './refuse-existing.js';

/**
 * Folders that are missing are made later. Errors: `conflict` for a file that is there already,
 * unless `force`, and for what is no file; `io` where nothing can be written.
 */
export async function checkNewFile(context: CliContext, written: WrittenFile): Promise<void> {
  const { file, option } = written;
  if (file === undefined) return;
  await refuseExisting(context, written);
  const path = resolve(context.workingDirectory, file);
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isFile())
    throw new AutomodelError('conflict', `is ${found.isDirectory() ? 'a folder' : 'no file'}`, {
      location: file,
      hint: `name a file with ${option}`,
    });
  const folder = await nearestPlace(dirname(path));
  const problem = (await stat(folder)).isDirectory()
    ? await access(folder, constants.W_OK | constants.X_OK).catch((cause: Error) => cause)
    : new Error(`${folder} is not a folder`);
  if (problem !== undefined)
    throw new AutomodelError('io', `cannot be written: ${problem.message}`, {
      location: file,
      hint: `name another place with ${option}`,
      cause: problem,
    });
}

/** The path itself, or what is there of the way to it. */
async function nearestPlace(path: string): Promise<string> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? path : nearestPlace(dirname(path));
}
