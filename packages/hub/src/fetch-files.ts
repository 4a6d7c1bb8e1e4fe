// Fetches files of one commit into the cache: several contents at a time, each once, after a check
// of the free space on the disk.
import { mkdir, statfs } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import type { CacheFolder } from './cache/cache-folder.js';
import { bytesLeft } from './cache/part-file.js';
import { fetchContent } from './network/fetch-content.js';
import type { HubClient } from './network/hub-client.js';
import { nameOf, type Repository } from './repository.js';
import type { RepositoryFile } from './network/repository-file.js';

/** How far a download is. */
export interface DownloadProgress {
  /** The repository, such as `Qwen/Qwen3-0.6B`. */
  readonly repository: string;
  /** The file that bytes arrived for. */
  readonly file: string;
  /** Bytes of all files so far. */
  readonly bytes: number;
  readonly totalBytes: number;
  readonly files: number;
}

/** Where files come from and go to. */
export interface FetchTarget {
  readonly client: HubClient;
  readonly repository: Repository;
  readonly cache: CacheFolder;
  readonly commit: string;
  /** Called while files are fetched; never when all are there. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Free bytes of the disk that holds a folder. */
  readonly freeBytes?: ((folder: string) => Promise<number>) | undefined;
}

/** Number of contents that are fetched at the same time. */
const PARALLEL = 6;

const bytesFree = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/**
 * Fetches what is not in the cache and places everything in the snapshot. Errors: those of
 * `fetchContent`, and `io` when the disk is too small.
 */
export async function fetchFiles(
  files: readonly RepositoryFile[],
  target: FetchTarget,
): Promise<void> {
  const { client, repository, cache, commit } = target;
  const wanted = await contentsToFetch(files, target);
  await mkdir(cache.blobs, { recursive: true });
  await checkRoom(wanted, target);
  const report = progressOf(wanted, target);
  await inParallel(
    wanted,
    PARALLEL,
    () => client.stop(),
    (file) =>
      fetchContent({
        client,
        repository,
        commit,
        cache,
        file,
        onBytes: (have) => report(file, have),
      }),
  );
  for (const file of files)
    if (await cache.has(file.hash, file.size)) await cache.place(commit, file.path, file.hash);
}

/** One file of each content that the cache lacks, the largest first. */
async function contentsToFetch(
  files: readonly RepositoryFile[],
  { cache, commit }: FetchTarget,
): Promise<readonly RepositoryFile[]> {
  const byHash = new Map<string, RepositoryFile>();
  for (const file of files) {
    const isThere =
      (await cache.holds(commit, file.path, file.size)) || (await cache.has(file.hash, file.size));
    if (!isThere) byHash.set(file.hash, file);
  }
  return [...byHash.values()].sort((a, b) => b.size - a.size);
}

/** Adds up the bytes of all files and reports them. */
function progressOf(
  wanted: readonly RepositoryFile[],
  { repository, onProgress }: FetchTarget,
): (file: RepositoryFile, have: number) => void {
  const totalBytes = wanted.reduce((sum, file) => sum + file.size, 0);
  const done = new Map<string, number>();
  let bytes = 0;
  return (file, have) => {
    bytes += have - (done.get(file.hash) ?? 0);
    done.set(file.hash, have);
    onProgress?.({
      repository: repository.id,
      file: file.path,
      bytes,
      totalBytes,
      files: wanted.length,
    });
  };
}

/** Errors: `io` when the disk cannot hold the download: better now than after an hour. */
async function checkRoom(
  wanted: readonly RepositoryFile[],
  { repository, cache, freeBytes = bytesFree }: FetchTarget,
): Promise<void> {
  const missing = await Promise.all(
    wanted.map(
      async ({ hash, size }) => size - Math.min(size, await bytesLeft(cache.blobPath(hash))),
    ),
  );
  const needed = missing.reduce((sum, bytes) => sum + bytes, 0);
  const free = await freeBytes(cache.cache).catch(() => Infinity);
  const gibibytes = (bytes: number): string =>
    `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 30 ? 3 : 1)} GiB`;
  if (needed > free)
    throw new AutomodelError(
      'io',
      `${nameOf(repository)} needs ${gibibytes(needed)} and the disk of the hub's cache has ` +
        `${gibibytes(free)} free (${cache.cache})`,
      {
        hint: `free ${gibibytes(needed - free)} more, or set HF_HOME to a folder on a larger disk`,
      },
    );
}

/**
 * Runs `work` for each item, at most `limit` at a time. The first error calls `stop` and is thrown
 * when nothing runs any more.
 */
async function inParallel<T>(
  items: readonly T[],
  limit: number,
  stop: () => void,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = [...items];
  const failures: unknown[] = [];
  const failed = (error: unknown): void => {
    failures.push(error);
    stop();
  };
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined && failures.length === 0; item = rest.shift())
      await work(item).catch(failed);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  const [first] = failures;
  if (first !== undefined) throw first as Error;
}
