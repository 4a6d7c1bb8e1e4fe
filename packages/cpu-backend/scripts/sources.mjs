// The native sources and their content hash: what the build embeds in the library and what the loader of a workspace compares it with.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the package @automodel/cpu-backend. */
export const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));

const filesBelow = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : /\.(h|cpp)$/.test(entry.name) ? [join(folder, entry.name)] : []);

/** Hash over names and contents of the C++ files below folders of the package, and over further words such as compiler flags. */
export function hashSources(folders, words = []) {
  const hash = createHash('sha256');
  for (const word of words) hash.update(`${word}\0`);
  for (const path of folders.flatMap((folder) => filesBelow(join(packageFolder, folder))).sort()) {
    hash.update(`${relative(packageFolder, path).split(sep).join('/')}\0`).update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

/** Hash of everything the library is made from: equal hash, equal library. */
export const sourceHash = () => hashSources(['kernels', 'runtime']);

const musl = () => process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined;

/** Path of the library for this machine. */
export function libraryPath() {
  const extension = { win32: 'dll', darwin: 'dylib' }[process.platform] ?? 'so';
  return join(packageFolder, 'native', `automodel-cpu-${process.platform}-${process.arch}${musl() ? '-musl' : ''}.${extension}`);
}
