// Reads a file of chats to look at: rows of any kind of data file, or one row that is the whole of
// a JSON file.
import { openDataFiles } from '../sources/open-data-files.js';
import { readRows } from '../sources/read-part.js';
import { locationOf } from '../sources/row-source.js';
import type { NamedChat } from './sample-chats.js';

/** The rows behind `path`, called by their places. Errors: those of `readRows`. */
export async function* readChats(
  path: string,
  workingDirectory?: string,
): AsyncGenerator<NamedChat> {
  for (const file of await openDataFiles(path, { workingDirectory, objectIsRow: true }))
    for await (const { value, source } of readRows(file))
      yield { name: locationOf(source), value, source };
}
