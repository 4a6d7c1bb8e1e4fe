// The files of a folder that make its tokenizer and chat template: they are copied along with what
// was trained, and an adapter's rows were written with the adapter's own.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ownFiles } from '../files/own-files.js';

const NAMES = [
  /^tokenizer/,
  /^(special_tokens_map|added_tokens)\.json$/,
  /^vocab\./,
  /^merges\.txt$/,
  /^chat_template\./,
  /\.model$/,
];

/** Whether a file of that name belongs to a tokenizer. */
export const isTokenizerFile = (name: string): boolean =>
  NAMES.some((pattern) => pattern.test(name));

/** Tokenizer files of a folder, by name, byte for byte; without links that lead out of it. */
export async function tokenizerFilesIn(directory: string): Promise<Map<string, Uint8Array>> {
  const names = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory() && isTokenizerFile(entry.name))
    .map((entry) => entry.name);
  const { own } = await ownFiles(directory, names);
  return new Map(
    await Promise.all(
      own.map(async (name): Promise<[string, Uint8Array]> => [
        name,
        await readFile(join(directory, name)),
      ]),
    ),
  );
}
