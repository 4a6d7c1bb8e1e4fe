// How a request to the hub failed, before it is known what that means to a user: `explainFailure`
// turns it into a sentence.

export type FailureKind =
  | 'host-not-found'
  | 'refused'
  | 'no-connection'
  | 'no-tls'
  | 'certificate'
  | 'timed-out'
  | 'cut'
  | 'bad-address'
  | 'status'
  | 'protocol';

/** Another answer will not come by asking again, and a copy in the cache is not what was asked. */
const WRONG_ADDRESS: ReadonlySet<FailureKind> = new Set([
  'protocol',
  'certificate',
  'no-tls',
  'bad-address',
]);
const TRANSIENT: ReadonlySet<FailureKind> = new Set([
  'timed-out',
  'cut',
  'refused',
  'no-connection',
]);

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
    return !WRONG_ADDRESS.has(this.kind) && (this.kind !== 'status' || this.#isBusy);
  }

  /** Trying again may help. */
  get isTransient(): boolean {
    return (
      TRANSIENT.has(this.kind) || (this.kind === 'status' && (this.status === 408 || this.#isBusy))
    );
  }

  /** The server says that it cannot answer now. */
  get #isBusy(): boolean {
    return this.status !== undefined && (this.status === 429 || this.status >= 500);
  }
}

interface Symptom {
  /** Of the system, Node, OpenSSL or undici. */
  readonly code: RegExp;
  readonly kind: FailureKind;
  readonly said: (host: string, code: string) => string;
}

/** What codes mean; the first that fits is taken. */
const SYMPTOMS: readonly Symptom[] = [
  {
    code: /^(?:ENOTFOUND|EAI_NONAME|EAI_FAIL|EAI_NODATA)$/,
    kind: 'host-not-found',
    said: (host, code) => `the host ${host} is not found (${code})`,
  },
  {
    code: /^EAI_/,
    kind: 'host-not-found',
    said: (host, code) => `the name server does not answer for ${host} (${code})`,
  },
  {
    code: /^ECONNREFUSED$/,
    kind: 'refused',
    said: (host, code) => `${host} refused the connection (${code})`,
  },
  {
    code: /^(?:EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN|EADDRNOTAVAIL)$/,
    kind: 'no-connection',
    said: (host, code) => `there is no route to ${host} (${code})`,
  },
  {
    code: /^UND_ERR_CONNECT_TIMEOUT$/,
    kind: 'no-connection',
    said: (host, code) => `${host} does not accept a connection in time (${code})`,
  },
  {
    code: /^(?:ETIMEDOUT|UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT)$/,
    kind: 'timed-out',
    said: (host, code) => `${host} does not answer (${code})`,
  },
  {
    code: /^(?:ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)|EPROTO)$/,
    kind: 'no-tls',
    said: (host, code) => `${host} does not speak HTTPS (${code})`,
  },
  {
    code: /CERT|SIGNATURE|ALTNAME/,
    kind: 'certificate',
    said: (host, code) => `the certificate of ${host} is not trusted (${code})`,
  },
  {
    code: /TLS|SSL/,
    kind: 'no-tls',
    said: (host, code) => `no encrypted connection to ${host} could be agreed on (${code})`,
  },
  {
    code: /^bad port$/,
    kind: 'bad-address',
    said: (host) => `${host} has a port that is blocked for HTTP`,
  },
];

/** The failure behind what `fetch` or the reading of a body threw. */
export function failureOf(error: unknown, url: string): HubFailure {
  const codes = codesOf(error);
  const { host } = new URL(url);
  for (const { code, kind, said } of SYMPTOMS) {
    const found = codes.find((name) => code.test(name));
    if (found !== undefined) return new HubFailure(kind, said(host, found), { url, cause: error });
  }
  const what = codes[0] ?? (error as Error).message;
  return new HubFailure('cut', `the connection to ${host} was cut (${what})`, {
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
    ...(error.message === 'bad port' ? [error.message] : []), // undici gives it no code
    ...(errors ?? []).flatMap(codesOf),
    ...codesOf(cause),
  ];
}
