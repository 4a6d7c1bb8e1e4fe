// The chosen files of one revision, in the cache: asks the hub what the revision holds, fetches
// what is not there yet, several contents at a time, and falls back on the cache where the hub
// cannot be asked.
import { mkdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { CacheFolder } from './cache/cache-folder.js';
import { bytesLeft } from './cache/part-file.js';
import { explainFailure } from './explain-failure.js';
import { hubSettings, type Environment, type HubSettings } from './hub-settings.js';
import { fetchContent } from './network/fetch-content.js';
import { HubClient } from './network/hub-client.js';
import { HubFailure } from './network/hub-failure.js';
import type { RetryTiming } from './network/retrying.js';
import { nameOf, revisionUrl, type Repository } from './repository.js';
import { repositoryFiles, type RepositoryFile } from './repository-file.js';

export interface DownloadProgress {
  /** The repository, such as `Qwen/Qwen3-0.6B`. */
  readonly repository: string;
  /** The file that got bytes. */
  readonly file: string;
  /** Of all files: bytes that are there. */
  readonly bytes: number;
  readonly totalBytes: number;
  readonly files: number;
}

export interface HubOptions {
  /** Branch, tag or commit; by default main. */
  readonly revision?: string | undefined;
  readonly environment?: Environment | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called while files are fetched; never when all are there. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Something the user should know that is no error. */
  readonly onNote?: ((text: string) => void) | undefined;
  readonly timing?: Partial<RetryTiming> | undefined;
}

/** What is wanted of a repository. */
export interface SnapshotRequest extends HubOptions {
  readonly repository: Repository;
  /**
   * Which of its files; `read` fetches one now, for what another file says. Errors: its own, for a
   * repository that cannot be used.
   */
  readonly choose: (
    files: readonly RepositoryFile[],
    read: (file: RepositoryFile) => Promise<string>,
  ) => Promise<readonly RepositoryFile[]>;
  /** Without the hub: what is missing in a cached snapshot, or undefined when all is there. */
  readonly missing: (snapshot: string) => Promise<string | undefined>;
  readonly aside?: string | undefined;
  /** Free bytes of the disk that holds a folder. */
  readonly freeBytes?: ((folder: string) => Promise<number>) | undefined;
}

export interface Snapshot {
  readonly path: string;
  readonly commit: string;
  /** Paths of the chosen files, in their order; undefined where the hub was not asked. */
  readonly files: readonly string[] | undefined;
}

/** Contents that are fetched at the same time. */
const PARALLEL = 6;

const bytesFree = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/**
 * Errors: `missing-file`, `network`, `io`, `bad-argument` (settings), `aborted`, each saying what
 * to do.
 */
export async function downloadSnapshot(request: SnapshotRequest): Promise<Snapshot> {
  const settings = await hubSettings(request.environment);
  const revision = request.revision ?? 'main';
  const cache = new CacheFolder(settings, request.repository);
  if (settings.offlineBecause !== undefined) return offline(request, cache, settings);
  try {
    return await online(request, cache, new HubClient(settings, request));
  } catch (error) {
    const cached =
      error instanceof HubFailure && error.isUnreachable
        ? await cachedSnapshot(request, cache)
        : undefined;
    if (cached?.missing !== undefined || cached === undefined)
      throw explainFailure(error, {
        settings,
        repository: request.repository,
        revision,
        aside: request.aside,
      });
    request.onNote?.(
      `${(error as Error).message}: ${nameOf(request.repository)} is taken from the cache, as of ` +
        `commit ${cached.commit.slice(0, 8)}`,
    );
    return { path: cached.path, commit: cached.commit, files: undefined };
  }
}

interface CachedSnapshot {
  readonly path: string;
  readonly commit: string;
  readonly missing: string | undefined;
}

async function cachedSnapshot(
  { missing, revision = 'main' }: SnapshotRequest,
  cache: CacheFolder,
): Promise<CachedSnapshot | undefined> {
  const commit = await cache.commitOf(revision);
  if (commit === undefined) return undefined;
  const path = cache.snapshotPath(commit);
  return { path, commit, missing: await missing(path) };
}

async function offline(
  request: SnapshotRequest,
  cache: CacheFolder,
  { offlineBecause }: HubSettings,
): Promise<Snapshot> {
  const cached = await cachedSnapshot(request, cache);
  const revision = request.revision === undefined ? '' : ` at revision ${request.revision}`;
  if (cached === undefined || cached.missing !== undefined) {
    throw new AutomodelError(
      'missing-file',
      `${nameOf(request.repository)}${revision} is not ` +
        `${cached === undefined ? 'in the cache' : `complete in the cache (${cached.missing} is missing)`} ` +
        `and ${offlineBecause!} forbids the network`,
      {
        location: cache.path,
        hint: 'unset it once to fetch the files, or set HF_HOME to the cache that has them',
      },
    );
  }
  return { path: cached.path, commit: cached.commit, files: undefined };
}

async function online(
  request: SnapshotRequest,
  cache: CacheFolder,
  client: HubClient,
): Promise<Snapshot> {
  const { repository, revision = 'main' } = request;
  const commit = await commitOf(client, repository, revision);
  const listed = await repositoryFiles(client, repository, commit);
  const read = async (file: RepositoryFile): Promise<string> => {
    await fetchAll([file], { ...request, onProgress: undefined }, cache, client, commit);
    return readFile(join(cache.snapshotPath(commit), file.path), 'utf8');
  };
  const chosen = await request.choose(listed, read);
  await fetchAll(chosen, request, cache, client, commit);
  await cache.remember(revision, commit);
  return { path: cache.snapshotPath(commit), commit, files: chosen.map(({ path }) => path) };
}

async function commitOf(
  client: HubClient,
  repository: Repository,
  revision: string,
): Promise<string> {
  const url = revisionUrl(client.settings.endpoint, repository, revision);
  const answer = await client.fetch(url);
  const { sha } = (await answer.json().catch(() => ({}))) as { readonly sha?: unknown };
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha))
    throw new HubFailure(
      'protocol',
      `${new URL(url).host} does not say which commit ${revision} is`,
      { url },
    );
  return sha;
}

/** Fetches what is not in the cache and places everything in the snapshot. */
async function fetchAll(
  files: readonly RepositoryFile[],
  request: SnapshotRequest,
  cache: CacheFolder,
  client: HubClient,
  commit: string,
): Promise<void> {
  const { repository, onProgress } = request;
  const byHash = new Map<string, RepositoryFile>();
  for (const file of files)
    if (
      !(await cache.holds(commit, file.path, file.size)) &&
      !(await cache.has(file.hash, file.size))
    )
      byHash.set(file.hash, file);
  const wanted = [...byHash.values()].sort((a, b) => b.size - a.size);
  await mkdir(cache.blobs, { recursive: true });
  await checkRoom(wanted, request, cache);
  const totalBytes = wanted.reduce((sum, file) => sum + file.size, 0);
  const done = new Map<string, number>();
  let bytes = 0;
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
        onBytes: (have) => {
          bytes += have - (done.get(file.hash) ?? 0);
          done.set(file.hash, have);
          onProgress?.({
            repository: repository.id,
            file: file.path,
            bytes,
            totalBytes,
            files: wanted.length,
          });
        },
      }),
  );
  for (const file of files)
    if (await cache.has(file.hash, file.size)) await cache.place(commit, file.path, file.hash);
}

/** Errors: `io` when the disk cannot hold what is to come: better now than after an hour. */
async function checkRoom(
  wanted: readonly RepositoryFile[],
  { repository, freeBytes = bytesFree }: SnapshotRequest,
  cache: CacheFolder,
): Promise<void> {
  const there = await Promise.all(
    wanted.map(async ({ hash, size }) => Math.min(size, await bytesLeft(cache.blobPath(hash)))),
  );
  const needed = wanted.reduce((sum, { size }, i) => sum + size - there[i]!, 0);
  const free = await freeBytes(cache.cache).catch(() => Infinity);
  const gibibytes = (bytes: number): string =>
    `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 30 ? 3 : 1)} GiB`;
  if (needed > free)
    throw new AutomodelError(
      'io',
      `${nameOf(repository)} needs ${gibibytes(needed)} and the disk of the hub's cache has ` +
        `${gibibytes(free)} free (${cache.cache})`,
      {
        hint:
          `make room for ${gibibytes(needed - free)} more, or set HF_HOME to a folder on a ` +
          'larger disk',
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
