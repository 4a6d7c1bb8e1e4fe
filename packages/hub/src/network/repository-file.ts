// What the hub says about one file of a revision, checked: its path, size and the hash that names
// and proves its content.
import { createHash, type Hash } from 'node:crypto';
import { listFiles } from '@huggingface/hub';
import type { Repository } from '../repository.js';
import type { HubClient } from './hub-client.js';
import { HubFailure } from './hub-failure.js';

export interface RepositoryFile {
  /** With `/`, relative to the repository. */
  readonly path: string;
  readonly size: number;
  /** SHA-256 of a large file (Git LFS, Xet), Git's SHA-1 of any other. */
  readonly hash: string;
}

const HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** All files of `commit`. Errors: `HubFailure`. */
export async function repositoryFiles(
  client: HubClient,
  repository: Repository,
  commit: string,
): Promise<readonly RepositoryFile[]> {
  const { endpoint } = client.settings;
  const files: RepositoryFile[] = [];
  const listed = listFiles({
    repo: { type: repository.type, name: repository.id },
    revision: encodeURIComponent(commit),
    recursive: true,
    hubUrl: endpoint,
    fetch: client.fetch,
  });
  for await (const { type, path, size, oid, lfs } of listed) {
    if (type !== 'file') continue;
    const file = { path, size: lfs?.size ?? size, hash: lfs?.oid ?? oid ?? '' };
    if (
      typeof path !== 'string' ||
      !Number.isSafeInteger(file.size) ||
      file.size < 0 ||
      !HASH.test(file.hash)
    )
      throw new HubFailure(
        'protocol',
        `the hub at ${endpoint} lists ${JSON.stringify(path)} without a size or hash`,
        { url: endpoint },
      );
    files.push(file);
  }
  return files;
}

/** Hashes the content of `file` as its `hash` was made. */
export function hashFor(file: RepositoryFile): Hash {
  return file.hash.length === 64
    ? createHash('sha256')
    : createHash('sha1').update(`blob ${file.size}\0`);
}
