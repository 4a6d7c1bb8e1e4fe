// Runs one TypeScript program from source, as a user of the repository would, in a process of its
// own.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * What the program printed. It runs in `folder`, which `file` is relative to. Throws with its error
 * output when it fails.
 */
export function runProgram(
  root: string,
  file: string,
  words: readonly string[] = [],
  folder = root,
): string {
  const loader = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href;
  const result = spawnSync(
    process.execPath,
    ['--conditions=@automodel/source', '--import', loader, file, ...words],
    { cwd: folder, encoding: 'utf8', timeout: 120_000 },
  );
  if (result.status !== 0) throw new Error(`${file} fails\n${result.stdout}\n${result.stderr}`);
  return result.stdout;
}
