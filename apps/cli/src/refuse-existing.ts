// A file that a command is asked to write is new, unless --force says otherwise: a mistyped name
// must not cost a file.
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import type { CliContext } from './cli-context.js';

/** What is to be written. */
export interface WrittenFile {
  /** As the user wrote it; absent: nothing is written. */
  readonly file: string | undefined;
  /** The option that names it. */
  readonly option: string;
  /** What it is; default: the file. */
  readonly name?: string;
  readonly force: boolean | undefined;
}

/** Before any work. Errors: `conflict` for a file that is there already, unless `force`. */
export async function refuseExisting(
  { workingDirectory }: CliContext,
  { file, option, name = 'the file', force = false }: WrittenFile,
): Promise<void> {
  if (file === undefined || force) return;
  const found = await stat(resolve(workingDirectory, file)).catch(() => undefined);
  if (found?.isFile() === true)
    throw new AutomodelError('conflict', `${name} already exists`, {
      location: file,
      hint: `choose another name with ${option}, or --force to overwrite it`,
    });
}
