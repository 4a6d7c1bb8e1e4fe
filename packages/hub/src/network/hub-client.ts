// Requests to the hub. The token goes to the hub's own host and to no other, redirects included; a
// server that is silent for too long is given up; transient failures are tried again.
import type { HubSettings } from '../hub-settings.js';
import { HubFailure } from './hub-failure.js';
import { checkAborted, DEFAULT_TIMING, retrying, type RetryTiming } from './retrying.js';
import { SilenceWatch } from './silence-watch.js';

export interface ClientOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timing?: Partial<RetryTiming> | undefined;
  /** Send the token whatever the environment says about reading: for writing. */
  readonly alwaysSendToken?: boolean | undefined;
}

/** An answer whose body has not been read; `read` gives its pieces. Close it when done. */
export interface OpenAnswer {
  /** Headers of the first answer: the hub's own, before any redirect. */
  readonly hubHeaders: Headers;
  readonly status: number;
  readonly headers: Headers;
  read(): AsyncGenerator<Uint8Array, void, undefined>;
  close(): Promise<void>;
}

const MAXIMUM_REDIRECTS = 8;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export class HubClient {
  readonly settings: HubSettings;
  readonly timing: RetryTiming;
  readonly signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #token: string | undefined;
  readonly #origin: string;

  constructor(settings: HubSettings, { signal, timing, alwaysSendToken }: ClientOptions = {}) {
    this.settings = settings;
    this.timing = { ...DEFAULT_TIMING, ...timing };
    this.signal =
      signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
    this.#token =
      settings.sendsToken || alwaysSendToken === true ? settings.token?.value : undefined;
    this.#origin = new URL(settings.endpoint).origin;
  }

  /** Whether requests carry a token. */
  get hasToken(): boolean {
    return this.#token !== undefined;
  }

  /** Ends every request. */
  stop(): void {
    this.#stop.abort();
  }

  /**
   * `fetch` as @huggingface/hub takes it: bodies of answers are read whole, failures are
   * `HubFailure`s. A request that changes something is repeated only where the server says that it
   * did nothing.
   */
  readonly fetch: typeof fetch = async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const reads =
      (init.method ?? 'GET') === 'GET' ||
      /\/(preupload|info\/lfs)\//.test(url) ||
      init.method === 'PUT';
    return retrying(
      () => this.#whole(url, init),
      this.timing,
      this.signal,
      (failure) =>
        failure.isTransient && (reads || failure.status === 429 || failure.status === 503),
    );
  };

  /**
   * Starts to read `url`, without retries. Errors: `HubFailure`, also for a status that is not a
   * success.
   */
  async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<OpenAnswer> {
    const watch = new SilenceWatch(this.settings.timeoutSeconds, this.signal);
    try {
      const { response, first, url: last } = await this.#follow(url, { headers }, watch);
      if (!response.ok) throw await this.#refusal(response, last);
      return {
        hubHeaders: first.headers,
        status: response.status,
        headers: response.headers,
        read: () => pieces(response, last, watch),
        close: () => closed(response, watch),
      };
    } catch (error) {
      watch.stop();
      throw this.#failure(error, url, watch);
    }
  }

  async #whole(url: string, init: RequestInit): Promise<Response> {
    const writes = init.body !== undefined && init.body !== null;
    const watch = new SilenceWatch(writes ? undefined : this.settings.timeoutSeconds, this.signal);
    try {
      const { response, url: last } = await this.#follow(url, init, watch);
      if (!response.ok && response.status !== 409) throw await this.#refusal(response, last);
      const body = await response.arrayBuffer();
      const headers = new Headers(response.headers);
      for (const name of ['content-encoding', 'content-length']) headers.delete(name);
      return new Response([204, 304].includes(response.status) ? null : body, {
        status: response.status,
        headers,
      });
    } catch (error) {
      throw this.#failure(error, url, watch);
    } finally {
      watch.stop();
    }
  }

  async #follow(
    start: string,
    init: RequestInit,
    watch: SilenceWatch,
  ): Promise<{ readonly response: Response; readonly first: Response; readonly url: string }> {
    let [url, first] = [start, undefined as Response | undefined];
    for (let redirects = 0; redirects <= MAXIMUM_REDIRECTS; redirects++) {
      const headers = new Headers(init.headers);
      // headers that a caller gives for another host, as for uploads to a store, belong to that
      // host
      if (redirects > 0 || new URL(start).origin === this.#origin) headers.delete('authorization');
      if (this.#token !== undefined && new URL(url).origin === this.#origin)
        headers.set('authorization', `Bearer ${this.#token}`);
      if (!headers.has('user-agent')) headers.set('user-agent', 'automodel');
      const response = await fetch(url, {
        ...init,
        headers,
        redirect: 'manual',
        signal: watch.signal,
      });
      watch.heard();
      first ??= response;
      const location = response.headers.get('location');
      if (!REDIRECTS.has(response.status) || location === null) return { response, first, url };
      await response.body?.cancel();
      url = new URL(location, url).href;
    }
    throw new HubFailure('protocol', `${new URL(start).host} redirects in circles`, { url: start });
  }

  async #refusal(response: Response, url: string): Promise<HubFailure> {
    const text = (await response.text().catch(() => '')).slice(0, 2000);
    const message =
      response.headers.get('x-error-message') ??
      errorIn(text) ??
      `${new URL(url).host} answers with status ${response.status}`;
    const code = response.headers.get('x-error-code') ?? undefined;
    return new HubFailure('status', message.replace(/\s+/g, ' ').slice(0, 300), {
      url,
      status: response.status,
      code,
      waitSeconds: waitOf(response.headers),
    });
  }

  #failure(error: unknown, url: string, watch: SilenceWatch): unknown {
    checkAborted(this.signal);
    return watch.failureFor(error, url);
  }
}

async function* pieces(
  response: Response,
  url: string,
  watch: SilenceWatch,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined) {
      watch.heard();
      const { done, value } = await reader.read();
      if (done) return;
      watch.rest(); // the reader of the pieces may take its time
      yield value as Uint8Array;
    }
  } catch (error) {
    throw watch.failureFor(error, url);
  } finally {
    reader?.releaseLock();
  }
}

async function closed(response: Response, watch: SilenceWatch): Promise<void> {
  watch.stop();
  await response.body?.cancel().catch(() => undefined);
}

/** The sentence of a JSON answer such as `{"error": "..."}`. */
function errorIn(text: string): string | undefined {
  try {
    const { error, message } = JSON.parse(text) as {
      readonly error?: unknown;
      readonly message?: unknown;
    };
    return [error, message].find((text) => typeof text === 'string');
  } catch {
    return undefined;
  }
}

/**
 * Seconds of Retry-After (a number or a date), or until the hub's rate limit (`"api";r=0;t=55`)
 * opens again.
 */
function waitOf(headers: Headers): number | undefined {
  const limit = /r\s*=\s*0\s*;\s*t\s*=\s*(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  const text = headers.get('retry-after');
  if (text === null) return limit === undefined ? undefined : Number(limit);
  const seconds = /^\d+(\.\d+)?$/.test(text)
    ? Number(text)
    : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
