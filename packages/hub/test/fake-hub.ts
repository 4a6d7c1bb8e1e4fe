// A server that speaks the hub's protocol for tests: revisions, paged listings, small files served
// by itself and large ones from a second host, uploads, and faults on demand.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendFile, type Fault, type Seen } from './fake-answer.js';

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

interface Stored {
  readonly content: Buffer;
  readonly large: boolean;
  readonly hash: string;
}

const PAGE = 3;

const stored = (path: string, text: string | Buffer): Stored => {
  const content = Buffer.from(text);
  const large = content.length > 100 || path.endsWith('.safetensors');
  return { content, large, hash: large ? sha256(content) : gitHash(content) };
};

export class FakeHub {
  readonly requests: Seen[] = [];
  /** Tokens that are let in; undefined: none is looked at. */
  tokens: readonly string[] | undefined;
  /** What goes wrong with a request; called for each. */
  fault: (seen: Seen) => Fault | undefined = () => undefined;
  /** What was uploaded: contents of large files by hash, then the commit's lines. */
  readonly uploaded = new Map<string, Buffer>();
  readonly commits: {
    readonly url: string;
    readonly lines: readonly {
      readonly key: string;
      readonly value: Readonly<Record<string, unknown>>;
    }[];
  }[] = [];
  readonly created: Readonly<Record<string, unknown>>[] = [];
  readonly repositories: FakeRepository[];
  readonly #branches: string[] = [];
  readonly #hub: Server;
  readonly #cdn: Server;

  private constructor(repositories: readonly FakeRepository[]) {
    this.repositories = [...repositories];
    this.#hub = createServer((request, response) => void this.#serve('hub', request, response));
    this.#cdn = createServer((request, response) => void this.#serve('cdn', request, response));
  }

  static async start(...repositories: readonly FakeRepository[]): Promise<FakeHub> {
    const hub = new FakeHub(repositories);
    for (const server of [hub.#hub, hub.#cdn])
      await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return hub;
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#cdn]) {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#hub.address() as AddressInfo).port}`;
  }

  get cdn(): string {
    return `http://localhost:${(this.#cdn.address() as AddressInfo).port}`;
  }

  /** Requests for contents of files. */
  get downloads(): readonly Seen[] {
    return this.requests.filter(
      ({ host, url, method }) => method === 'GET' && (host === 'cdn' || url.includes('/resolve/')),
    );
  }

  async #serve(
    host: Seen['host'],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const seen = {
      host,
      method: request.method ?? 'GET',
      url: decodeURIComponent(request.url ?? '/'),
      authorization: request.headers.authorization,
      range: request.headers.range,
      body: Buffer.concat(chunks),
    };
    this.requests.push(seen);
    const fault = this.fault(seen);
    if (fault !== undefined && 'status' in fault)
      return void response.writeHead(fault.status, fault.headers).end(fault.text ?? '');
    if (host === 'cdn') return this.#cdnAnswer(seen, fault, response);
    const refused = this.#refusal(seen);
    if (refused !== undefined)
      return void response
        .writeHead(refused[0], { 'x-error-code': refused[1], 'x-error-message': refused[2] })
        .end();
    this.#hubAnswer(seen, fault, response);
  }

  #refusal({ url, authorization }: Seen): readonly [number, string, string] | undefined {
    const known =
      authorization !== undefined &&
      (this.tokens ?? [authorization.slice(7)]).includes(authorization.slice(7));
    if (authorization !== undefined && !known)
      return [401, '', 'Invalid credentials in Authorization header'];
    const repository = this.#find(url);
    if (/\/(create|info\/lfs)\b/.test(url)) return undefined;
    if (repository === undefined)
      return known
        ? [404, 'RepoNotFound', 'Repository not found']
        : [401, 'RepoNotFound', 'Invalid username or password.'];
    if (repository.gated === true && url.includes('/resolve/'))
      return [
        authorization === undefined ? 401 : 403,
        'GatedRepo',
        'Access to model is restricted.',
      ];
    return undefined;
  }

  #find(url: string): FakeRepository | undefined {
    const named = (repository: FakeRepository): boolean =>
      url.startsWith(
        repository.type === 'dataset' ? `/datasets/${repository.id}` : `/${repository.id}`,
      ) ||
      url.startsWith(`/api/${repository.type ?? 'model'}s/${repository.id}/`) ||
      url === `/api/${repository.type ?? 'model'}s/${repository.id}`;
    return this.repositories.find(named);
  }

  #hubAnswer(seen: Seen, fault: Fault | undefined, response: ServerResponse): void {
    const { url, method, body } = seen;
    const json = (value: unknown, headers: Record<string, string> = {}, status = 200): void =>
      void response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(value));
    if (url === '/api/repos/create') return this.#create(body, json);
    if (url.endsWith('/info/lfs/objects/batch'))
      return json({
        transfer: 'basic',
        objects: (
          JSON.parse(body.toString()) as { objects: { oid: string; size: number }[] }
        ).objects.map(({ oid, size }) => ({
          oid,
          size,
          ...(this.uploaded.has(oid)
            ? {}
            : { actions: { upload: { href: `${this.cdn}/upload/${oid}` } } }),
        })),
      });
    const repository = this.#find(url);
    if (repository === undefined) return json({}, {}, 404);
    const [, branch] = url.split('/branch/');
    if (branch !== undefined) return void (this.#branches.push(branch), json({}));
    const [, kind, rest = ''] =
      /\/(revision|tree|resolve|preupload|commit|paths-info)\/([^?]*)/.exec(url) ?? [];
    if (kind === undefined) return json(this.#info(repository, COMMIT, repository.files));
    if (kind === 'preupload')
      return json({
        files: (
          JSON.parse(body.toString()) as { files: { path: string; size: number }[] }
        ).files.map(({ path, size }) => ({
          path,
          uploadMode: size > 100 || path.endsWith('.safetensors') ? 'lfs' : 'regular',
        })),
      });
    if (kind === 'commit' && method === 'POST') {
      this.commits.push({
        url,
        lines: body
          .toString()
          .split('\n')
          .map((line) => JSON.parse(line) as { key: string; value: Record<string, unknown> }),
      });
      return json({
        success: true,
        commitOid: 'd'.repeat(40),
        commitUrl: `${this.endpoint}/${repository.id}/commit/${'d'.repeat(40)}`,
        hookOutput: '',
      });
    }
    const names = [
      'main',
      COMMIT,
      ...this.#branches,
      ...Object.entries(repository.revisions ?? {}).flatMap(([name, { commit }]) => [name, commit]),
    ];
    const name = names.find((candidate) => rest === candidate || rest.startsWith(`${candidate}/`));
    if (name === undefined)
      return void response
        .writeHead(404, { 'x-error-code': 'RevisionNotFound', 'x-error-message': 'Invalid rev id' })
        .end();
    const [commit, files] = this.#revision(repository, name);
    if (kind === 'revision') return json(this.#info(repository, commit, files));
    if (kind === 'tree') return this.#tree(url, files, json);
    this.#resolve(seen, rest.slice(name.length + 1), commit, files, fault, response);
  }

  #revision(
    { files, revisions = {} }: FakeRepository,
    name: string,
  ): readonly [string, FakeRepository['files']] {
    const other = Object.entries(revisions).find(
      ([key, { commit }]) => key === name || commit === name,
    )?.[1];
    return other === undefined ? [COMMIT, files] : [other.commit, other.files];
  }

  #info(
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

  #create(
    body: Buffer,
    json: (value: unknown, headers?: Record<string, string>, status?: number) => void,
  ): void {
    const wanted = JSON.parse(body.toString()) as { name: string; organization: string };
    const id = `${wanted.organization}/${wanted.name}`;
    if (this.repositories.some((repository) => repository.id === id))
      return json(
        { error: 'You already created this model repo', url: `${this.endpoint}/${id}` },
        {},
        409,
      );
    this.created.push(wanted);
    this.repositories.push({ id, files: {} });
    json({ url: `${this.endpoint}/${id}`, id });
  }

  #tree(
    url: string,
    files: FakeRepository['files'],
    json: (value: unknown, headers?: Record<string, string>) => void,
  ): void {
    const cursor = Number(/cursor=(\d+)/.exec(url)?.[1] ?? 0);
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
    const next =
      cursor + PAGE < all.length
        ? {
            link:
              `<${this.endpoint}${url.replace(/&cursor=\d+/, '')}&cursor=${cursor + PAGE}>; ` +
              'rel="next"',
          }
        : {};
    json(page, next as Record<string, string>);
  }

  #resolve(
    seen: Seen,
    path: string,
    commit: string,
    files: FakeRepository['files'],
    fault: Fault | undefined,
    response: ServerResponse,
  ): void {
    const text = files[path];
    if (text === undefined)
      return void response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
    const { content, large, hash } = stored(path, text);
    const headers = {
      'x-repo-commit': commit,
      'accept-ranges': 'bytes',
      'access-control-expose-headers': '*',
    };
    if (large)
      return void response
        .writeHead(302, {
          ...headers,
          'x-linked-etag': `"${hash}"`,
          'x-linked-size': String(content.length),
          location: `${this.cdn}/blob/${hash}?signature=1`,
          'content-length': '0',
        })
        .end();
    sendFile(response, content, seen, fault, { ...headers, etag: `"${hash}"` });
  }

  #cdnAnswer(seen: Seen, fault: Fault | undefined, response: ServerResponse): void {
    const [, kind, hash = ''] = /^\/(\w+)\/([0-9a-f]+)/.exec(seen.url) ?? [];
    if (kind === 'upload') {
      this.uploaded.set(hash, seen.body);
      return void response.writeHead(200).end();
    }
    const contents = this.repositories
      .flatMap(({ files, revisions = {} }) => [
        files,
        ...Object.values(revisions).map((revision) => revision.files),
      ])
      .flatMap((files) => Object.entries(files));
    const found = contents
      .map(([path, text]) => stored(path, text))
      .find((file) => file.hash === hash);
    if (found === undefined) return void response.writeHead(404).end();
    sendFile(response, found.content, seen, fault, { etag: '"a-tag-of-the-store"' });
  }
}
