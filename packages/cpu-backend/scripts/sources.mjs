// The native sources and their content hash: what the build embeds in the library and what the
// loader of a workspace compares it with.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { currentPlatform, libraryFile } from './platforms.mjs';

/** Folder of the package @automodel/cpu-backend. */
export const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));

const filesBelow = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return filesBelow(join(folder, entry.name));
    return /\.(h|cpp)$/.test(entry.name) ? [join(folder, entry.name)] : [];
  });

/**
 * Hash over names and contents of the C++ files below folders of the package, and over further
 * words such as compiler flags.
 */
export function hashSources(folders, words = []) {
  const hash = createHash('sha256');
  for (const word of words) hash.update(`${word}\0`);
  for (const path of folders.flatMap((folder) => filesBelow(join(packageFolder, folder))).sort()) {
    hash
      .update(`${relative(packageFolder, path).split(sep).join('/')}\0`)
      .update(readFileSync(path))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Hash of everything the library is made from: equal hash, equal library. Undefined where the
 * sources are not on disk (an installed package).
 */
export const sourceHash = () =>
  existsSync(join(packageFolder, 'kernels')) ? hashSources(['kernels', 'runtime']) : undefined;

/** Path of the library that the local build makes for this machine. */
export const libraryPath = () => join(packageFolder, 'native', libraryFile(currentPlatform()));
