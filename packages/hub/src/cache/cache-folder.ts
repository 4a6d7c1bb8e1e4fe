// One repository in the standard cache of the Hugging Face tools: `blobs/` holds contents under
// their hashes, `snapshots/<commit>/` the files of a revision as links to them, `refs/<revision>`
// the commit of a branch or tag.
// Files written here are read by Python's huggingface_hub, and the reverse.
import {
  copyFile,
  link,
  mkdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { AutomodelError } from '@automodel/core';
import type { HubSettings } from '../hub-settings.js';
import { folderName, type Repository } from '../repository.js';

const COMMIT = /^[0-9a-f]{40}$/;

/** Whether `revision` is a commit, whose content never changes. */
export const isCommit = (revision: string): boolean => COMMIT.test(revision);

/** A name beside `path` that no other call uses. */
const temporaryName = (path: string): string =>
  `${path}.${process.pid}-${Math.random().toString(36).slice(2, 10)}.tmp`;

export class CacheFolder {
  /** The folder of all repositories. */
  readonly cache: string;
  readonly path: string;
  readonly #symlinks: boolean;

  constructor(settings: Pick<HubSettings, 'cache' | 'symlinks'>, repository: Repository) {
    this.cache = settings.cache;
    this.path = join(settings.cache, folderName(repository));
    this.#symlinks = settings.symlinks;
  }

  get blobs(): string {
    return join(this.path, 'blobs');
  }

  blobPath(hash: string): string {
    return join(this.blobs, hash);
  }

  snapshotPath(commit: string): string {
    return join(this.path, 'snapshots', commit);
  }

  /** The commit that `revision` had when it was last fetched. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const path = this.#inside('refs', [revision]);
    const text = (await readFile(path, 'utf8').catch(() => '')).trim();
    return isCommit(text) ? text : undefined;
  }

  async remember(revision: string, commit: string): Promise<void> {
    if (revision === commit) return;
    const path = this.#inside('refs', [revision]);
    const temporary = temporaryName(path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, commit);
    await rename(temporary, path);
  }

  /** Whether the content `hash` of `size` bytes is there. */
  async has(hash: string, size: number): Promise<boolean> {
    return (await stat(this.blobPath(hash)).catch(() => undefined))?.size === size;
  }

  /** The file of a snapshot when it is there with `size` bytes. */
  async holds(commit: string, file: string, size: number): Promise<boolean> {
    const path = this.#inside('snapshots', [commit, file]);
    return (await stat(path).catch(() => undefined))?.size === size;
  }

  /**
   * Puts the content `hash` at `file` of the snapshot `commit`: a relative link, or a copy where
   * links cannot be made.
   */
  async place(commit: string, file: string, hash: string): Promise<void> {
    const path = this.#inside('snapshots', [commit, file]);
    const blob = this.blobPath(hash);
    await mkdir(dirname(path), { recursive: true });
    const target = relative(dirname(path), blob);
    if ((await readlink(path).catch(() => undefined)) === target) return;
    const temporary = temporaryName(path);
    if (this.#symlinks) {
      const linked = await symlink(target, temporary).then(
        () => true,
        (error: NodeJS.ErrnoException) =>
          !['EPERM', 'ENOSYS', 'ENOTSUP', 'EINVAL'].includes(error.code ?? '') &&
          Promise.reject(error),
      );
      if (!linked) await link(blob, temporary).catch(() => copyFile(blob, temporary));
    } else {
      await copyFile(blob, temporary);
    }
    await rename(temporary, path).finally(() => rm(temporary, { force: true }));
  }

  /** Errors: `bad-file` for a name that leaves the folder, whoever sent it. */
  #inside(folder: 'refs' | 'snapshots', names: readonly string[]): string {
    const root = join(this.path, folder);
    const path = resolve(root, ...names);
    if (!path.startsWith(root + sep) || !names.every(isPlainPath))
      throw new AutomodelError(
        'bad-file',
        `${JSON.stringify(names.join('/'))} cannot be a file of the cache`,
        { location: this.path },
      );
    return path;
  }
}

/** Whether no part of a path with `/` is empty or leads up. */
const isPlainPath = (name: string): boolean =>
  !/[\\\0]/.test(name) && name.split('/').every((part) => !['', '.', '..'].includes(part));
