// What a failed request or write means to a user: one sentence, and what to do.
import { AutomodelError } from '@automodel/core';
import { HubFailure } from './network/hub-failure.js';
import { PUBLIC_ENDPOINT, type HubSettings } from './hub-settings.js';
import { nameOf, pageOf, type Repository } from './repository.js';

export interface FailureContext {
  readonly settings: HubSettings;
  readonly repository: Repository;
  readonly revision: string;
  /** What else the name could have meant, such as a folder that is not here. */
  readonly aside?: string | undefined;
}

/**
 * The error to throw for `error`; anything but failures of network and file system stays as it is.
 */
export function explainFailure(error: unknown, context: FailureContext): unknown {
  if (error instanceof AutomodelError) return error;
  if (error instanceof HubFailure)
    return error.kind === 'status'
      ? explainStatus(error, context)
      : explainConnection(error, context);
  return explainFileSystem(error, context.settings.cache) ?? error;
}

interface Explanation {
  readonly code: 'network' | 'missing-file';
  readonly text: string;
  readonly hint: string;
}

function explainStatus(failure: HubFailure, context: FailureContext): AutomodelError {
  const { code, text, hint } = explanationOf(failure, context);
  return new AutomodelError(code, text, { hint, cause: failure });
}

function explanationOf(failure: HubFailure, context: FailureContext): Explanation {
  const { status, code, message } = failure;
  if (refusesToken(failure, context.settings)) return wrongToken(context);
  if (code === 'GatedRepo') return gated(context);
  if (code === 'RevisionNotFound') return noRevision(context);
  if (status === 404 || (status === 401 && (code === undefined || code === 'RepoNotFound')))
    return notFound(context);
  if (status === 401 || status === 403) return notReadable(failure, context);
  if (status === 429) return tooManyRequests(failure, context);
  return {
    code: 'network',
    text: `the hub cannot serve ${nameOf(context.repository)}: ${message} (status ${status})`,
    hint: 'start it again later: it continues where it stopped',
  };
}

const refusesToken = ({ status, code, message }: HubFailure, { token }: HubSettings): boolean =>
  status === 401 &&
  (/invalid credentials/i.test(message) ||
    (code === undefined && token !== undefined && /token|credential/i.test(message)));

const wrongToken = ({ settings: { endpoint, token } }: FailureContext): Explanation => ({
  code: 'network',
  text: `${new URL(endpoint).host} refuses the token in ${token?.from ?? 'HF_TOKEN'}`,
  hint: `make a new one at ${endpoint}/settings/tokens, or unset it for public repositories`,
});

function gated({ settings: { endpoint, token }, repository }: FailureContext): Explanation {
  const [name, page] = [nameOf(repository), pageOf(endpoint, repository)];
  if (token === undefined)
    return {
      code: 'network',
      text: `${name} is gated: it is given only to accounts that asked for it`,
      hint: `ask for access at ${page}, then set HF_TOKEN to a token of that account`,
    };
  return {
    code: 'network',
    text: `${name} is gated: the account of the token in ${token.from} was not given access`,
    hint:
      `ask for access at ${page}; a fine-grained token also needs the permission to read ` +
      'gated repositories',
  };
}

const noRevision = ({ settings, repository, revision }: FailureContext): Explanation => ({
  code: 'missing-file',
  text: `${nameOf(repository)} has no revision ${JSON.stringify(revision)}`,
  hint:
    `see ${pageOf(settings.endpoint, repository)}/commits/main for its branches, tags and ` +
    'commits',
});

function notFound({ settings, repository, aside }: FailureContext): Explanation {
  const { endpoint, token } = settings;
  const hub = endpoint === PUBLIC_ENDPOINT ? 'the hub' : `the hub at ${endpoint}`;
  const also = aside === undefined ? '' : ` and ${aside}`;
  return {
    code: 'missing-file',
    text: `${nameOf(repository)} is not on ${hub}${also}`,
    hint:
      token === undefined
        ? 'check the spelling; a private repository needs HF_TOKEN'
        : `check the spelling, and that the account of the token in ${token.from} may read it`,
  };
}

function notReadable({ message }: HubFailure, context: FailureContext): Explanation {
  const { endpoint, token } = context.settings;
  const page = pageOf(endpoint, context.repository);
  const how = token === undefined ? 'without a token' : `with the token in ${token.from}`;
  return {
    code: 'network',
    text: `${nameOf(context.repository)} may not be read ${how}: ${message}`,
    hint:
      token === undefined
        ? `set HF_TOKEN; see ${page}`
        : `see ${page} and ${endpoint}/settings/tokens`,
  };
}

function tooManyRequests(
  { waitSeconds }: HubFailure,
  { settings, repository }: FailureContext,
): Explanation {
  const again = waitSeconds === undefined ? '' : `, again in ${Math.ceil(waitSeconds)} s`;
  return {
    code: 'network',
    text: `the hub answers ${nameOf(repository)} with "too many requests"${again}`,
    hint:
      settings.token === undefined
        ? 'wait, or set HF_TOKEN, because accounts may ask more often'
        : 'wait and start it again: it continues where it stopped',
  };
}

function explainConnection(
  failure: HubFailure,
  { settings, repository, aside }: FailureContext,
): AutomodelError {
  const proxy =
    settings.proxy === undefined
      ? ''
      : `; ${settings.proxy} is set, which Node uses only under NODE_USE_ENV_PROXY=1 (Node 24 ` +
        'and later)';
  const hints = {
    'host-not-found':
      'check the network and HF_ENDPOINT, or use what is in the cache with ' +
      `HF_HUB_OFFLINE=1${proxy}`,
    refused:
      'nothing listens there, or a firewall forbids it: check HF_ENDPOINT and the network, or ' +
      `use what is in the cache with HF_HUB_OFFLINE=1${proxy}`,
    'no-connection':
      'check the network and HF_ENDPOINT, or use what is in the cache with ' +
      `HF_HUB_OFFLINE=1${proxy}`,
    'no-tls': `check HF_ENDPOINT: a server without TLS has an address that begins with http://${proxy}`,
    'bad-address': 'check HF_ENDPOINT: choose another port for the server',
    certificate:
      'where a company proxy signs connections, name its certificate in NODE_EXTRA_CA_CERTS',
    'timed-out':
      'start it again to continue where it stopped; HF_HUB_DOWNLOAD_TIMEOUT ' +
      `(${settings.timeoutSeconds} s) says how long to wait${proxy}`,
    cut: `start it again to continue where it stopped${proxy}`,
    protocol: 'check HF_ENDPOINT: the server there does not answer as the hub does',
    status: 'start it again later',
  } as const satisfies Record<HubFailure['kind'], string>;
  return new AutomodelError(
    'network',
    `${nameOf(repository)} cannot be fetched${aside === undefined ? '' : ` (${aside})`}: ` +
      `${failure.message}`,
    { hint: hints[failure.kind], cause: failure },
  );
}

/** An error of the file system below `folder`; undefined for others. */
export function explainFileSystem(error: unknown, folder: string): AutomodelError | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (
    !(error instanceof Error) ||
    typeof code !== 'string' ||
    (error as NodeJS.ErrnoException).syscall === undefined
  )
    return undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new AutomodelError('io', `the disk of the hub's cache is full (${folder})`, {
      hint:
        'free some space, or set HF_HOME to a folder on a larger disk; the download continues ' +
        'where it stopped',
      cause: error,
    });
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code))
    return new AutomodelError('io', `the hub's cache ${folder} cannot be written (${code})`, {
      hint: 'set HF_HOME to a folder that can be written',
      cause: error,
    });
  return new AutomodelError('io', `the hub's cache ${folder} cannot be used: ${message}`, {
    cause: error,
  });
}
