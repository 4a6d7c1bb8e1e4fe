// What the fake hub says about its repositories: revisions, descriptions, listings, refusals.
import { createHash } from 'node:crypto';
import type { Seen } from './fake-answer.js';

export const COMMIT = 'c0ffee'.padEnd(40, '0');

export const sha256 = (content: Buffer): string =>
  createHash('sha256').update(content).digest('hex');
export const gitHash = (content: Buffer): string =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');

export interface FakeRepository {
  readonly type?: 'model' | 'dataset';
  readonly id: string;
  /**
   * Contents by path; what is longer than 100 bytes or ends with .safetensors is stored as a large
   * file.
   */
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** Other revisions: their files. */
  readonly revisions?: Readonly<
    Record<
      string,
      { readonly commit: string; readonly files: Readonly<Record<string, string | Buffer>> }
    >
  >;
  readonly gated?: boolean;
  readonly cardData?: Readonly<Record<string, unknown>>;
}

export interface Stored {
  readonly content: Buffer;
  readonly large: boolean;
  readonly hash: string;
}

const PAGE = 3;

export const stored = (path: string, text: string | Buffer): Stored => {
  const content = Buffer.from(text);
  const large = content.length > 100 || path.endsWith('.safetensors');
  return { content, large, hash: large ? sha256(content) : gitHash(content) };
};

export function revisionOf(
  { files, revisions = {} }: FakeRepository,
  name: string,
): readonly [string, FakeRepository['files']] {
  const other = Object.entries(revisions).find(
    ([key, { commit }]) => key === name || commit === name,
  )?.[1];
  return other === undefined ? [COMMIT, files] : [other.commit, other.files];
}

export function infoOf(
  { id, cardData, gated }: FakeRepository,
  sha: string,
  files: FakeRepository['files'],
): Record<string, unknown> {
  return {
    _id: '1',
    id,
    sha,
    private: false,
    gated: gated ?? false,
    downloads: 0,
    likes: 0,
    tags: [],
    lastModified: '2025-01-01T00:00:00.000Z',
    cardData,
    siblings: Object.keys(files).map((rfilename) => ({ rfilename })),
  };
}

/** A page of the listing of files from `cursor` on, and where the next one begins. */
export function treePage(
  files: FakeRepository['files'],
  cursor: number,
): { readonly page: readonly unknown[]; readonly next: number | undefined } {
  const all = Object.entries(files);
  const page = all.slice(cursor, cursor + PAGE).map(([path, text]) => {
    const { content, large, hash } = stored(path, text);
    return {
      type: 'file',
      path,
      size: content.length,
      oid: large ? gitHash(Buffer.from(`pointer of ${path}`)) : hash,
      ...(large ? { lfs: { oid: hash, size: content.length, pointerSize: 130 } } : {}),
    };
  });
  return { page, next: cursor + PAGE < all.length ? cursor + PAGE : undefined };
}

/** Status, code and message of a refusal; undefined where the request is let in. */
export function refusalOf(
  { url, authorization }: Seen,
  repository: FakeRepository | undefined,
  tokens: readonly string[] | undefined,
): readonly [number, string, string] | undefined {
  const known =
    authorization !== undefined &&
    (tokens ?? [authorization.slice(7)]).includes(authorization.slice(7));
  if (authorization !== undefined && !known)
    return [401, '', 'Invalid credentials in Authorization header'];
  if (/\/(create|info\/lfs)\b/.test(url)) return undefined;
  if (repository === undefined)
    return known
      ? [404, 'RepoNotFound', 'Repository not found']
      : [401, 'RepoNotFound', 'Invalid username or password.'];
  if (repository.gated === true && url.includes('/resolve/'))
    return [authorization === undefined ? 401 : 403, 'GatedRepo', 'Access to model is restricted.'];
  return undefined;
}
