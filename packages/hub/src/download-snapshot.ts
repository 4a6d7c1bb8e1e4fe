// The chosen files of one revision, in the cache: asks the hub what the revision holds, fetches
// what is not there yet, and falls back on the cache where the hub cannot be asked.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { CacheFolder } from './cache/cache-folder.js';
import { explainFailure } from './explain-failure.js';
import { fetchFiles, type DownloadProgress } from './fetch-files.js';
import { hubSettings, type Environment } from './hub-settings.js';
import { HubClient } from './network/hub-client.js';
import { HubFailure } from './network/hub-failure.js';
import type { RetryTiming } from './network/retrying.js';
import { nameOf, revisionUrl, type Repository } from './repository.js';
import { repositoryFiles, type RepositoryFile } from './network/repository-file.js';

/** What every download from the hub takes. */
export interface HubOptions {
  /** Branch, tag or commit; by default main. */
  readonly revision?: string | undefined;
  readonly environment?: Environment | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called while files are fetched; never when all are there. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Something the user should know that is not an error. */
  readonly onNote?: ((text: string) => void) | undefined;
  readonly timing?: Partial<RetryTiming> | undefined;
}

/** What is wanted from a repository. */
export interface SnapshotRequest extends HubOptions {
  readonly repository: Repository;
  /**
   * Chooses among its files; `read` fetches one at once, for choices that depend on its contents.
   * Errors: its own, for a repository that cannot be used.
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

/**
 * Errors: `missing-file`, `network`, `io`, `bad-argument` (settings), `aborted`, each saying what
 * to do.
 */
export async function downloadSnapshot(request: SnapshotRequest): Promise<Snapshot> {
  const settings = await hubSettings(request.environment);
  const revision = request.revision ?? 'main';
  const cache = new CacheFolder(settings, request.repository);
  const { offlineBecause } = settings;
  if (offlineBecause !== undefined) return offline(request, cache, offlineBecause);
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
  offlineBecause: string,
): Promise<Snapshot> {
  const cached = await cachedSnapshot(request, cache);
  const revision = request.revision === undefined ? '' : ` at revision ${request.revision}`;
  if (cached === undefined || cached.missing !== undefined) {
    const state =
      cached === undefined
        ? 'in the cache'
        : `complete in the cache (${cached.missing} is missing)`;
    throw new AutomodelError(
      'missing-file',
      `${nameOf(request.repository)}${revision} is not ${state} ` +
        `and ${offlineBecause} forbids the network`,
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
  const target = { client, repository, cache, commit, freeBytes: request.freeBytes };
  const read = async (file: RepositoryFile): Promise<string> => {
    await fetchFiles([file], target);
    return readFile(join(cache.snapshotPath(commit), file.path), 'utf8');
  };
  const chosen = await request.choose(listed, read);
  await fetchFiles(chosen, { ...target, onProgress: request.onProgress });
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
