// Fetches one content into the cache: resumed where an earlier download stopped, retried after
// interruptions and silence, and published only when size and hash are right.
import type { Hash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import type { CacheFolder } from '../cache/cache-folder.js';
import { isBeingFetched, PartFile } from '../cache/part-file.js';
import { fileUrl, type Repository } from '../repository.js';
import type { HubClient } from './hub-client.js';
import { HubFailure } from './hub-failure.js';
import { hashFor, type RepositoryFile } from './repository-file.js';
import { pause, retrying } from './retrying.js';

export interface ContentRequest {
  readonly client: HubClient;
  readonly repository: Repository;
  readonly commit: string;
  readonly cache: CacheFolder;
  readonly file: RepositoryFile;
  /** Bytes of the file so far; smaller again when a server starts over. */
  readonly onBytes: (bytes: number) => void;
}

const POLL_SECONDS = 0.5;
/** How often one content is downloaded before its wrong hash is an error. */
const TRIES = 2;

/** Errors: `HubFailure`, `io`, `network` for bytes that are not the file's, `aborted`. */
export async function fetchContent(request: ContentRequest): Promise<void> {
  const { cache, client, file, onBytes } = request;
  const blob = cache.blobPath(file.hash);
  await mkdir(cache.blobs, { recursive: true });
  while (!(await cache.has(file.hash, file.size)) && (await isBeingFetched(blob)))
    await pause(POLL_SECONDS, client.signal);
  if (!(await cache.has(file.hash, file.size))) await download(request, blob);
  onBytes(file.size);
}

async function download(request: ContentRequest, blob: string): Promise<void> {
  const { client, file, onBytes, repository } = request;
  const part = await PartFile.claim(blob);
  try {
    for (let tries = 1; ; tries++) {
      if (part.size > file.size) await part.restart();
      const running = new RunningHash(file);
      for await (const piece of part.pieces()) running.hash.update(piece);
      onBytes(part.size);
      await retrying(
        (advanced) => receive(request, part, running, advanced),
        client.timing,
        client.signal,
      );
      if (running.hash.digest('hex') === file.hash) return await part.publish();
      await part.restart();
      if (tries === TRIES) throw wrongBytes(file, repository);
    }
  } catch (error) {
    await part.leave();
    throw error;
  }
}

const wrongBytes = (file: RepositoryFile, repository: Repository): AutomodelError =>
  new AutomodelError(
    'network',
    `${file.path} of ${repository.id} arrives with different bytes than the hub lists ` +
      `(${file.hash.length === 64 ? 'SHA-256' : 'Git SHA-1'} differs, twice)`,
    { hint: 'a proxy or mirror may change files: check HF_ENDPOINT, or try again later' },
  );

/** The hash of what a part holds. */
class RunningHash {
  hash: Hash;
  readonly #file: RepositoryFile;

  constructor(file: RepositoryFile) {
    this.#file = file;
    this.hash = hashFor(file);
  }

  restart(): void {
    this.hash = hashFor(this.#file);
  }
}

/** Receives the missing bytes, as many as one connection delivers. */
async function receive(
  { client, repository, commit, file, onBytes }: ContentRequest,
  part: PartFile,
  running: RunningHash,
  advanced: () => void,
): Promise<void> {
  if (part.size === file.size) return;
  await part.touch();
  const url = fileUrl(client.settings.endpoint, repository, commit, file.path);
  const range =
    part.size === 0 ? undefined : { range: `bytes=${part.size}-`, 'if-range': `"${file.hash}"` };
  const answer = await client.open(url, { 'accept-encoding': 'identity', ...range });
  try {
    checkIdentity(answer.hubHeaders, file, url);
    if (answer.status === 206) checkRange(answer.headers, part.size, file, url);
    else if (part.size > 0) {
      await part.restart();
      running.restart();
    }
    for await (const piece of answer.read()) {
      if (part.size + piece.length > file.size)
        throw new HubFailure(
          'protocol',
          `${new URL(url).host} sends more than the ${file.size} bytes of ${file.path}`,
          { url },
        );
      await part.append(piece);
      running.hash.update(piece);
      onBytes(part.size);
      advanced();
    }
  } finally {
    await answer.close();
  }
  if (part.size < file.size)
    throw new HubFailure(
      'cut',
      `the connection was cut after ${part.size} of ${file.size} bytes of ${file.path}`,
      { url },
    );
}

/** The hub names the content it sends or redirects to; another name means another file. */
function checkIdentity(headers: Headers, file: RepositoryFile, url: string): void {
  const tag = (headers.get('x-linked-etag') ?? headers.get('etag') ?? '')
    .replace(/^W\//, '')
    .replaceAll('"', '');
  const size = headers.get('x-linked-size');
  const namesOther =
    /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(tag) &&
    tag.length === file.hash.length &&
    tag !== file.hash;
  if (namesOther || (size !== null && Number(size) !== file.size)) {
    throw new HubFailure(
      'protocol',
      `the hub lists ${file.path} as ${file.hash} and sends ${tag}`,
      { url },
    );
  }
}

function checkRange(headers: Headers, from: number, file: RepositoryFile, url: string): void {
  const [, start, total] =
    /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  if (Number(start) !== from || (total !== '*' && Number(total) !== file.size))
    throw new HubFailure(
      'protocol',
      `${new URL(url).host} sends a different part of ${file.path} than was asked for`,
      { url },
    );
}
