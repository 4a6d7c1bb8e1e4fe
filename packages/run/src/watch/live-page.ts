// The page of one run, served on loopback and kept up to date by server-sent events. It serves the
// view of the run and nothing else, reads no file for a request, and never disturbs the run: what
// goes wrong here ends here, and making views takes a small share of the time.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AutomodelError } from '@automodel/core';
import { pagePolicy, renderLivePage, runView, type ReportData } from '@automodel/report';
import { EventStreams, MAX_STREAMS } from './event-streams.js';
import { isLoopbackHost, isToken, newPageToken } from './page-access.js';

export interface LivePageOptions {
  /** 0, the default: any free port. */
  readonly port?: number | undefined;
  /** Pause between two views while somebody looks; default: a second. */
  readonly pauseMs?: number | undefined;
}

/** What the page shows now. */
export type ReadRun = () => Promise<ReportData>;

/** The pause grows to this many times what making a view took. */
const PAUSE_FACTOR = 20;
/** How long closing waits for readers to take the last view. */
const CLOSE_MS = 1000;

const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

export class LivePage implements AsyncDisposable {
  readonly #server: Server;
  readonly #read: ReadRun;
  readonly #pauseMs: number;
  readonly #token = newPageToken();
  readonly #streams = new EventStreams();
  #timer: NodeJS.Timeout | undefined;
  #sent = '';
  #closed = false;

  private constructor(read: ReadRun, pauseMs: number) {
    this.#read = read;
    this.#pauseMs = pauseMs;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.headersTimeout = 10_000;
    this.#server.maxConnections = 4 * MAX_STREAMS;
    this.#server.on('clientError', (_, socket) => socket.destroy());
  }

  /** Errors: `conflict` if the port is taken, `io` if there can be no server. */
  static async open(read: ReadRun, options: LivePageOptions = {}): Promise<LivePage> {
    const { port = 0, pauseMs = 1000 } = options;
    const page = new LivePage(read, pauseMs);
    page.#server.listen(port, '127.0.0.1');
    await once(page.#server, 'listening').catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === 'EADDRINUSE'
        ? new AutomodelError('conflict', `port ${port} is taken`, {
            hint: 'choose another port, or leave the port out',
            cause,
          })
        : new AutomodelError('io', `the page cannot be served: ${cause.message}`, { cause });
    });
    page.#server.on('error', () => undefined);
    return page;
  }

  /** The link that opens the page; it holds the token. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/?token=${this.#token}`;
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Sends what is there now and why the page ends, then closes. Further calls do nothing. */
  async close(why = ''): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    if (this.#streams.size > 0) await this.#sendView();
    this.#streams.end('end', why);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const late = setTimeout(() => this.#server.closeAllConnections(), CLOSE_MS);
    await closed;
    clearTimeout(late);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const [path, ...query] = (request.url ?? '').split('?');
    const given = new URLSearchParams(query.join('?')).get('token');
    if (!isLoopbackHost(request.headers.host, this.#port))
      return refuse(response, 403, 'this page is only for this machine');
    if (!isToken(this.#token, given))
      return refuse(response, 403, 'open the link that the command printed, with its token');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, 405, 'the page can only be read', { Allow: 'GET, HEAD' });
    if (path === '/') return this.#sendPage(response);
    if (path === '/events') return this.#follow(request, response);
    refuse(response, 404, 'there is nothing here');
  }

  async #sendPage(response: ServerResponse): Promise<void> {
    try {
      const page = renderLivePage(await this.#read());
      response.writeHead(200, {
        ...HEADERS,
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': `${pagePolicy(true)}; frame-ancestors 'none'`,
      });
      response.end(page);
    } catch (error) {
      refuse(response, 500, `the run cannot be shown: ${(error as Error).message}`);
    }
  }

  #follow(request: IncomingMessage, response: ServerResponse): void {
    if (this.#streams.size >= MAX_STREAMS || this.#closed)
      return refuse(response, 503, 'too many pages follow this run');
    response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream; charset=utf-8' });
    if (request.method === 'HEAD') return void response.end();
    this.#streams.add(response);
    if (this.#timer === undefined) this.#schedule(0);
  }

  /** Views are made only while somebody looks. */
  #schedule(pauseMs: number): void {
    this.#timer = setTimeout(() => void this.#tick(), pauseMs).unref();
  }

  async #tick(): Promise<void> {
    const started = performance.now();
    await this.#sendView();
    const took = performance.now() - started;
    this.#timer = undefined;
    if (this.#streams.size > 0 && !this.#closed)
      this.#schedule(Math.max(this.#pauseMs, PAUSE_FACTOR * took));
  }

  /** A view that cannot be made is left out: the page keeps the last one. */
  async #sendView(): Promise<void> {
    const text = await this.#read()
      .then((data) => JSON.stringify(runView(data)))
      .catch(() => this.#sent);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#streams.send('view', text);
  }
}

function refuse(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...HEADERS,
    ...headers,
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  });
  response.end(`${text}\n`);
}
