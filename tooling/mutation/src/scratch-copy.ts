// A copy of the working tree in a temporary folder, in which files can be changed and tests run
// without touching the checkout. Files that git ignores are left out, but for installed packages,
// which are linked, and the built native library.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

const NATIVE = 'packages/cpu-backend/native';

/** A copy of a checkout. */
export interface ScratchCopy {
  readonly root: string;
  /** Deletes it. */
  remove(): void;
}

/** Copies the checkout in `root`, with what is not committed yet. */
export function scratchCopy(root: string): ScratchCopy {
  const copy = mkdtempSync(join(tmpdir(), 'automodel-mutation-'));
  const words = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', words, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)));
  const folders = new Set<string>(['.']);
  for (const file of files) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    copyEntry(join(root, file), join(copy, file));
    for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  for (const folder of folders)
    if (existsSync(join(root, folder, 'node_modules')))
      linkPackages(join(root, folder, 'node_modules'), join(copy, folder, 'node_modules'));
  if (existsSync(join(root, NATIVE)))
    cpSync(join(root, NATIVE), join(copy, NATIVE), { recursive: true });
  return { root: copy, remove: () => rmSync(copy, { recursive: true, force: true }) };
}

function copyEntry(from: string, to: string): void {
  if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  else copyFileSync(from, to);
}

/**
 * Links each installed package to the checkout's. Packages of the workspace are relative links in
 * node_modules and stay so: they lead into the copy.
 */
function linkPackages(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink())
      symlinkSync(relative(from, resolve(from, readlinkSync(source))), target);
    else if (entry.name.startsWith('@')) linkPackages(source, target);
    else symlinkSync(source, target);
  }
}
