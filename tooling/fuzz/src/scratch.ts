// Files for readers that take paths. In memory where there is a file system for that: a million
// small files are written.
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const MEMORY = '/dev/shm';

function parent(): string {
  try {
    accessSync(MEMORY, constants.W_OK);
    return MEMORY;
  } catch {
    return tmpdir();
  }
}

const folder = mkdtempSync(join(parent(), 'automodel-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** The path of a file that is rewritten for each case. */
export function scratch(name: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
