// A commit, built: a git worktree in a folder named for the commit, with its dependencies, its
// native library and the JavaScript of its packages. It stays, so another comparison starts at
// once.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mustRun } from './run-command.js';

export interface PreparedCommit {
  /** The commit's full id. */
  readonly id: string;
  /** Folder of its worktree. */
  readonly worktree: string;
  /** The program `automodel` of the worktree. */
  readonly program: string;
  /** The native library of the worktree. */
  readonly library: string;
}

/** The id of the commit that `revision` names. Errors: no such commit. */
export async function commitId(repository: string, revision: string): Promise<string> {
  const words = ['rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`];
  return (await mustRun('git', words, { cwd: repository })).trim();
}

const hashOf = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');

/**
 * Folders of workspaces that have dependencies of their own; those with a lockfile are no
 * workspaces.
 */
async function installedFolders(repository: string): Promise<string[]> {
  const manifests = await mustRun('git', ['ls-files', 'package.json', '*/package.json'], {
    cwd: repository,
  });
  return manifests
    .trim()
    .split('\n')
    .map(dirname)
    .filter((folder) => {
      const isOtherProject =
        folder !== '.' && existsSync(join(repository, folder, 'package-lock.json'));
      return !isOtherProject && existsSync(join(repository, folder, 'node_modules'));
    });
}

/** With the lockfile of the checkout its packages are linked; npm installs any others. */
async function installDependencies(repository: string, worktree: string): Promise<void> {
  const isInstalled = existsSync(join(repository, 'node_modules'));
  const isSame =
    hashOf(join(repository, 'package-lock.json')) === hashOf(join(worktree, 'package-lock.json'));
  if (!isInstalled || !isSame) {
    await mustRun('npm', ['ci', '--ignore-scripts'], { cwd: worktree });
    return;
  }
  for (const folder of await installedFolders(repository)) {
    const [from, to] = [repository, worktree].map((root) => join(root, folder, 'node_modules')) as [
      string,
      string,
    ];
    await mustRun('cp', ['-a', '-l', from, to], { cwd: worktree }).catch(async () => {
      rmSync(to, { recursive: true, force: true });
      await mustRun('cp', ['-a', from, to], { cwd: worktree }); // another file system
    });
  }
}

/**
 * Builds commit `id` below `cache`, unless it is there already; `tell` gets a line about what takes
 * long. Errors: the command that failed.
 */
export async function prepareCommit(
  repository: string,
  id: string,
  cache: string,
  tell: (text: string) => void,
): Promise<PreparedCommit> {
  const worktree = join(cache, 'worktrees', id.slice(0, 12));
  const done = `${worktree}.library`;
  const program = join(worktree, 'node_modules', '.bin', 'automodel');
  if (existsSync(done) && existsSync(program))
    return { id, worktree, program, library: readFileSync(done, 'utf8') };
  tell(`building ${id.slice(0, 12)} in ${worktree}`);
  rmSync(worktree, { recursive: true, force: true });
  mkdirSync(dirname(worktree), { recursive: true });
  await mustRun('git', ['worktree', 'add', '--force', '--detach', worktree, id], {
    cwd: repository,
  });
  await installDependencies(repository, worktree);
  const library =
    (await mustRun('npm', ['run', '--silent', 'native'], { cwd: worktree }))
      .trim()
      .split('\n')
      .at(-1) ?? '';
  if (!existsSync(library))
    throw new Error(`${worktree}: npm run native printed no path of a library`);
  const environment = { TURBO_TELEMETRY_DISABLED: '1', TURBO_CACHE_DIR: join(cache, 'turbo') };
  // Declarations take most of the time of a build and none of them runs.
  await mustRun('npx', ['--no-install', 'turbo', 'run', 'build', '--', '--no-dts'], {
    cwd: worktree,
    environment,
  });
  writeFileSync(done, library);
  return { id, worktree, program, library };
}
