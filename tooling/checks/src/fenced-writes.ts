// What a run puts in place in its folder, or appends to, goes through the fence, which asks whether
// the folder is still its own: the packages that write there call neither rename nor append
// themselves.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findImports } from './imports.js';
import { listFiles } from './workspace.js';

/** Sources that write into a run's folder. */
export const FENCED: readonly string[] = [
  'packages/checkpoint/src',
  'packages/train/src',
  'packages/run/src',
];

/**
 * The files that rename and append for all others, and ask the fence; the one that puts files in
 * place that the user named; and the one that writes into the cache folder. Both belong to no run.
 */
export const ASK_THE_FENCE: readonly string[] = [
  'packages/checkpoint/src/files/fence.ts',
  'packages/checkpoint/src/files/publish-directory.ts',
  'packages/checkpoint/src/files/put-in-place.ts',
  'packages/run/src/machine/seen-speed.ts',
];

/** Functions of `node:fs` and `node:fs/promises`, and methods of open files. */
const FUNCTIONS = ['rename', 'renameSync', 'appendFile', 'appendFileSync', 'createWriteStream'];
const APPENDS = /\.appendFile\(|\bopen\([^)]*, 'a\+?'\)/;

/** Every rename and append below `folders` that no fence is asked for, one line each. */
export function checkFencedWrites(
  root: string,
  folders: readonly string[],
  allowed: readonly string[],
): readonly string[] {
  return folders
    .flatMap((folder) => listFiles(join(root, folder), ['.ts']).map((path) => `${folder}/${path}`))
    .filter((path) => !allowed.includes(path))
    .flatMap((path) => unfenced(path, readFileSync(join(root, path), 'utf8')));
}

function unfenced(path: string, text: string): string[] {
  const called = findImports(path, text)
    .filter(({ specifier }) => /^(node:)?fs(\/promises)?$/.test(specifier))
    .flatMap(({ names, line }) =>
      names.filter((name) => FUNCTIONS.includes(name)).map((name) => `${path}:${line}: ${name}`),
    );
  const appends = text
    .split('\n')
    .flatMap((line, i) =>
      APPENDS.test(line) ? [`${path}:${i + 1}: appends to an open file`] : [],
    );
  return [...called, ...appends];
}
