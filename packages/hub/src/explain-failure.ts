// What a failed request or write means to a user: one sentence, and what to do.
import { AutomodelError } from '@automodel/core';
import { HubFailure } from './network/hub-failure.js';
import type { HubSettings } from './hub-settings.js';
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

function explainStatus(failure: HubFailure, context: FailureContext): AutomodelError {
  const { settings, repository, revision, aside } = context;
  const { endpoint, token } = settings;
  const [name, page] = [nameOf(repository), pageOf(endpoint, repository)];
  const { status, code, message } = failure;
  const error = (kind: 'network' | 'missing-file', text: string, hint: string): AutomodelError =>
    new AutomodelError(kind, text, { hint, cause: failure });
  if (
    status === 401 &&
    (/invalid credentials/i.test(message) ||
      (code === undefined && token !== undefined && /token|credential/i.test(message)))
  )
    return error(
      'network',
      `${new URL(endpoint).host} refuses the token in ${token?.from ?? 'HF_TOKEN'}`,
      `make a new one at ${endpoint}/settings/tokens, or unset it for public repositories`,
    );
  if (code === 'GatedRepo')
    return error(
      'network',
      `${name} is gated: ` +
        `${token === undefined ? 'it is given only to accounts that asked for it' : `the account of the token in ${token.from} was not given access`}`,
      token === undefined
        ? `ask for access at ${page}, then set HF_TOKEN to a token of that account`
        : `ask for access at ${page}; a fine-grained token also needs the permission to read ` +
            'gated repositories',
    );
  if (code === 'RevisionNotFound')
    return error(
      'missing-file',
      `${name} has no revision ${JSON.stringify(revision)}`,
      `see ${page}/commits/main for its branches, tags and commits`,
    );
  if (status === 404 || (status === 401 && (code === undefined || code === 'RepoNotFound')))
    return error(
      'missing-file',
      `${name} is not on the ` +
        `hub${endpoint === 'https://huggingface.co' ? '' : ` at ${endpoint}`}${aside === undefined ? '' : ` and ${aside}`}`,
      token === undefined
        ? 'check the spelling; a private repository needs HF_TOKEN'
        : `check the spelling, and that the account of the token in ${token.from} may read it`,
    );
  if (status === 401 || status === 403)
    return error(
      'network',
      `${name} may not be ` +
        `read${token === undefined ? ' without a token' : ` with the token in ${token.from}`}: ` +
        `${message}`,
      token === undefined
        ? `set HF_TOKEN; see ${page}`
        : `see ${page} and ${endpoint}/settings/tokens`,
    );
  if (status === 429)
    return error(
      'network',
      `the hub answers ${name} with "too many ` +
        `requests"${failure.waitSeconds === undefined ? '' : `, again in ${Math.ceil(failure.waitSeconds)} s`}`,
      token === undefined
        ? 'wait, or set HF_TOKEN, for accounts may ask more often'
        : 'wait and start it again: it goes on where it stopped',
    );
  return error(
    'network',
    `the hub cannot serve ${name}: ${message} (status ${status!})`,
    'start it again later: it goes on where it stopped',
  );
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
    'no-connection':
      'check the network and HF_ENDPOINT, or use what is in the cache with ' +
      `HF_HUB_OFFLINE=1${proxy}`,
    certificate:
      'where a company proxy signs connections, name its certificate in NODE_EXTRA_CA_CERTS',
    'timed-out':
      'start it again to go on where it stopped; HF_HUB_DOWNLOAD_TIMEOUT ' +
      `(${settings.timeoutSeconds} s) says how long to wait${proxy}`,
    cut: `start it again to go on where it stopped${proxy}`,
    protocol: 'check HF_ENDPOINT: what answers there does not answer as the hub does',
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
      hint: 'make room, or set HF_HOME to a folder on a larger disk; it goes on where it stopped',
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
