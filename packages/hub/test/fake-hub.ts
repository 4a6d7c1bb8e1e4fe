// A server that speaks the hub's protocol for tests: revisions, paged listings, small files served
// by itself and large ones from a second host, uploads, and faults on demand.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendFile, type Fault, type Seen } from './fake-answer.js';
import {
  COMMIT,
  infoOf,
  refusalOf,
  revisionOf,
  stored,
  treePage,
  type FakeRepository,
} from './fake-repository.js';

export class FakeHub {
  readonly requests: Seen[] = [];
  /** Tokens that are accepted; undefined: any. */
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
    const refused = refusalOf(seen, this.#find(seen.url), this.tokens);
    if (refused !== undefined)
      return void response
        .writeHead(refused[0], { 'x-error-code': refused[1], 'x-error-message': refused[2] })
        .end();
    this.#hubAnswer(seen, fault, response);
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
    if (kind === undefined) return json(infoOf(repository, COMMIT, repository.files));
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
    const [commit, files] = revisionOf(repository, name);
    if (kind === 'revision') return json(infoOf(repository, commit, files));
    if (kind === 'tree') {
      const { page, next } = treePage(files, Number(/cursor=(\d+)/.exec(url)?.[1] ?? 0));
      const address = `${this.endpoint}${url.replace(/&cursor=\d+/, '')}&cursor=${next}`;
      return json(page, next === undefined ? {} : { link: `<${address}>; rel="next"` });
    }
    this.#resolve(seen, rest.slice(name.length + 1), commit, files, fault, response);
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
