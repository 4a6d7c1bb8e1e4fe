// The soft limit on the length of files: those above it are named in a list with the reason why
// each is one thing, and nothing is in the list without need. ESLint holds the hard limit of 400.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from './workspace.js';

/** Lines of a file. */
export const SOFT_LIMIT = 250;

/** Folders that are held to it. */
export const FOLDERS: readonly string[] = ['apps', 'benchmarks', 'examples', 'packages', 'tooling'];

/** Longer files, by path from the root, and why each stays one file. */
export const LONG_FILES: Readonly<Record<string, string>> = {};

const ENDINGS = ['.ts', '.mts', '.js', '.mjs'];
const isBuilt = (path: string): boolean => /(^|\/)(dist|\.vitepress)\//.test(path);

const linesOf = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

/** What is wrong, one line each: long files without a reason, and reasons without a long file. */
export function checkFileLengths(
  root: string,
  folders: readonly string[],
  reasons: Readonly<Record<string, string>>,
): readonly string[] {
  const long = folders
    .flatMap((folder) => listFiles(join(root, folder), ENDINGS).map((path) => `${folder}/${path}`))
    .filter((path) => !isBuilt(path))
    .map((path) => ({ path, lines: linesOf(readFileSync(join(root, path), 'utf8')) }))
    .filter(({ lines }) => lines > SOFT_LIMIT);
  const unexplained = long
    .filter(({ path }) => reasons[path] === undefined)
    .map(({ path, lines }) => `${path}: ${lines} lines, at most ${SOFT_LIMIT}: split it`);
  const needless = Object.keys(reasons)
    .filter((path) => !long.some((file) => file.path === path))
    .map((path) => {
      const why = existsSync(join(root, path)) ? 'is no longer too long' : 'is not there';
      return `${path}: ${why}: take it off the list`;
    });
  return [...unexplained, ...needless];
}
