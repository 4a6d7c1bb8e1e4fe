// Writes the page that a command was asked for, and says where it is.
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { note, type CliContext } from './cli-context.js';

/** `contents` says what is on the page. Errors: `io`. */
export async function writePage(
  context: CliContext,
  file: string,
  page: string,
  contents: string,
): Promise<void> {
  const path = resolve(context.workingDirectory, file);
  await writeFile(path, page).catch((cause: Error) => {
    throw new AutomodelError('io', `the page cannot be written: ${cause.message}`, {
      location: path,
      cause,
    });
  });
  note(context, `${contents}: ${path}`);
}
