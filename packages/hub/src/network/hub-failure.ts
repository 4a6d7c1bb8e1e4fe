// How a request to the hub failed, before it is known what that means to a user: `explainFailure`
// turns it into a sentence.

export type FailureKind =
  'host-not-found' | 'no-connection' | 'certificate' | 'timed-out' | 'cut' | 'status' | 'protocol';

export class HubFailure extends Error {
  readonly kind: FailureKind;
  readonly host: string;
  /** Status of the answer, where there was one. */
  readonly status: number | undefined;
  /** The hub's own name of the error (X-Error-Code), such as GatedRepo. */
  readonly code: string | undefined;
  /** Seconds that the server asks to wait. */
  readonly waitSeconds: number | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    details: {
      readonly url: string;
      readonly status?: number;
      readonly code?: string | undefined;
      readonly waitSeconds?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: details.cause });
    this.kind = kind;
    this.host = new URL(details.url).host;
    this.status = details.status;
    this.code = details.code;
    this.waitSeconds = details.waitSeconds;
  }

  /** The hub could not be asked or could not answer: a copy in the cache may serve instead. */
  get isUnreachable(): boolean {
    return (
      this.kind !== 'protocol' &&
      this.kind !== 'certificate' &&
      (this.kind !== 'status' || this.#isBusy)
    );
  }

  /** Trying again may help. */
  get isTransient(): boolean {
    return (
      this.kind === 'timed-out' ||
      this.kind === 'cut' ||
      this.kind === 'no-connection' ||
      (this.kind === 'status' && (this.status === 408 || this.#isBusy))
    );
  }

  /** The server says that it cannot answer now. */
  get #isBusy(): boolean {
    return this.status !== undefined && (this.status === 429 || this.status >= 500);
  }
}

const NOT_FOUND = new Set(['ENOTFOUND', 'EAI_NONAME', 'EAI_AGAIN', 'EAI_FAIL']);
const NO_CONNECTION = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const TIMED_OUT = new Set(['ETIMEDOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** The failure behind what `fetch` or the reading of a body threw. */
export function failureOf(error: unknown, url: string): HubFailure {
  const codes = codesOf(error);
  const code = codes[0] ?? (error as Error).message;
  const host = new URL(url).host;
  const has = (set: ReadonlySet<string>): boolean => codes.some((name) => set.has(name));
  if (has(NOT_FOUND))
    return new HubFailure('host-not-found', `the host ${host} is not found (${code})`, {
      url,
      cause: error,
    });
  if (has(NO_CONNECTION))
    return new HubFailure('no-connection', `no connection to ${host} (${code})`, {
      url,
      cause: error,
    });
  if (has(TIMED_OUT))
    return new HubFailure('timed-out', `${host} does not answer (${code})`, { url, cause: error });
  if (codes.some((name) => /CERT|TLS|SSL|SIGNATURE/.test(name)))
    return new HubFailure('certificate', `the certificate of ${host} is not trusted (${code})`, {
      url,
      cause: error,
    });
  return new HubFailure('cut', `the connection to ${host} was cut (${code})`, {
    url,
    cause: error,
  });
}

/** System error codes of an error, its causes and, where several addresses were tried, theirs. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const { code, errors, cause } = error as Error & {
    readonly code?: unknown;
    readonly errors?: readonly unknown[];
  };
  return [
    ...(typeof code === 'string' ? [code] : []),
    ...(errors ?? []).flatMap(codesOf),
    ...codesOf(cause),
  ];
}
