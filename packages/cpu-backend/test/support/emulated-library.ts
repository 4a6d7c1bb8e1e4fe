// A library whose only instruction set is amx with emulated tiles, built from the sources when they
// have changed.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { currentPlatform, libraryFile } from '../../scripts/platforms.mjs';
import { packageFolder } from '../../scripts/sources.mjs';
import { EMULATED_SET } from './describe-instruction-sets.js';

/** Path of the library; undefined where there is no compiler. Errors: it does not compile. */
export function emulatedLibrary(): string | undefined {
  const path = join(packageFolder, 'native', EMULATED_SET, libraryFile(currentPlatform()));
  const script = join(packageFolder, 'scripts/build-native.mjs');
  const { status, stderr } = spawnSync(
    process.execPath,
    [script, '--output', path, '--instruction-set', EMULATED_SET],
    { encoding: 'utf8' },
  );
  if (status === 0) return path;
  if (stderr.includes('no C++ compiler found')) return undefined;
  throw new Error(stderr);
}
