// The files of a folder that make its tokenizer and chat template: they travel with what was
// trained, and those of an adapter are what its rows were written with.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const NAMES =
  /^(tokenizer.*|special_tokens_map\.json|added_tokens\.json|vocab\..*|merges\.txt|chat_template\..*|.*\.model)$/;

/** Whether a tokenizer is made of files of that name. */
export const isTokenizerFile = (name: string): boolean => NAMES.test(name);

/** Tokenizer files of a folder, by name, byte for byte. */
export async function tokenizerFilesIn(directory: string): Promise<Map<string, Uint8Array>> {
  const names = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory() && isTokenizerFile(entry.name))
    .map((entry) => entry.name);
  return new Map(
    await Promise.all(
      names.map(async (name): Promise<[string, Uint8Array]> => [
        name,
        await readFile(join(directory, name)),
      ]),
    ),
  );
}
