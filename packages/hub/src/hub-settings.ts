// What the environment says about the hub: the variables that Python's huggingface_hub reads, with
// its meanings and defaults. Read once per call; nothing is kept.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubToken {
  readonly value: string;
  /** Where it was found: a variable or a file. */
  readonly from: string;
}

/** What the environment says about the hub. */
export interface HubSettings {
  /** Without a slash at the end. */
  readonly endpoint: string;
  /** The folder of models--*, datasets--*. */
  readonly cache: string;
  readonly token: HubToken | undefined;
  /** Whether downloads carry the token; false under HF_HUB_DISABLE_IMPLICIT_TOKEN. */
  readonly sendsToken: boolean;
  /** The variable that forbids the network, if one does. */
  readonly offlineBecause: string | undefined;
  /** A request is given up when nothing arrives for this long. */
  readonly timeoutSeconds: number;
  /** False: snapshots hold copies. */
  readonly symlinks: boolean;
  readonly proxy: string | undefined;
}

export const PUBLIC_ENDPOINT = 'https://huggingface.co';
const DEFAULT_TIMEOUT_SECONDS = 10;
const TRUE = new Set(['1', 'ON', 'YES', 'TRUE']);

const isTrue = (value: string | undefined): boolean =>
  value !== undefined && TRUE.has(value.toUpperCase());

/** A variable that is set and not empty. */
const given = (environment: Environment, name: string): string | undefined =>
  environment[name] === '' ? undefined : environment[name];

/** Settings of `environment`. Errors: `bad-argument` naming the variable that cannot be used. */
export async function hubSettings(environment: Environment = process.env): Promise<HubSettings> {
  const home =
    pathOf(environment, 'HF_HOME') ??
    join(
      pathOf(environment, 'XDG_CACHE_HOME') ?? join(homeOf(environment), '.cache'),
      'huggingface',
    );
  const offline = ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'].find((name) =>
    isTrue(environment[name]),
  );
  return {
    endpoint: endpointOf(environment),
    cache:
      pathOf(environment, 'HF_HUB_CACHE') ??
      pathOf(environment, 'HUGGINGFACE_HUB_CACHE') ??
      join(home, 'hub'),
    token: await tokenOf(environment, home),
    sendsToken: !isTrue(environment['HF_HUB_DISABLE_IMPLICIT_TOKEN']),
    offlineBecause: offline === undefined ? undefined : `${offline}=${environment[offline] ?? ''}`,
    timeoutSeconds: secondsOf(environment, 'HF_HUB_DOWNLOAD_TIMEOUT') ?? DEFAULT_TIMEOUT_SECONDS,
    symlinks: !isTrue(environment['HF_HUB_DISABLE_SYMLINKS']),
    proxy: ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].find(
      (name) => given(environment, name) !== undefined,
    ),
  };
}

function endpointOf(environment: Environment): string {
  const text = given(environment, 'HF_ENDPOINT');
  if (text === undefined) return PUBLIC_ENDPOINT;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new AutomodelError(
      'bad-argument',
      `HF_ENDPOINT is ${JSON.stringify(text)}, which is not a web address`,
      { hint: `give one such as ${PUBLIC_ENDPOINT}, or unset HF_ENDPOINT` },
    );
  if (url.username !== '' || url.password !== '')
    throw new AutomodelError('bad-argument', 'HF_ENDPOINT holds a user name or password', {
      hint: 'give the address alone, and the token in HF_TOKEN',
    });
  return text.replace(/\/+$/, '');
}

const homeOf = (environment: Environment): string => given(environment, 'HOME') ?? homedir();

/** A path with `~` and `$NAME` replaced as a shell would. */
function pathOf(environment: Environment, name: string): string | undefined {
  const text = given(environment, name);
  if (text === undefined) return undefined;
  const home = text.replace(/^~(?=$|[\\/])/, () => homeOf(environment));
  return resolve(
    home.replace(
      /\$(?:\{(\w+)\}|(\w+))/g,
      (whole: string, braced?: string, plain?: string) =>
        environment[braced ?? plain ?? ''] ?? whole,
    ),
  );
}

function secondsOf(environment: Environment, name: string): number | undefined {
  const text = given(environment, name);
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 0)
    throw new AutomodelError(
      'bad-argument',
      `${name} is ${JSON.stringify(text)}, which is not a number of seconds`,
    );
  return seconds === 0 ? undefined : seconds;
}

/** Variables first, then the file that `hf auth login` writes. */
async function tokenOf(environment: Environment, home: string): Promise<HubToken | undefined> {
  for (const from of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN']) {
    const value = environment[from]?.trim();
    if (value !== undefined && value !== '') return checkedToken({ value, from });
  }
  const from = pathOf(environment, 'HF_TOKEN_PATH') ?? join(home, 'token');
  const value = (await readFile(from, 'utf8').catch(() => '')).trim();
  return value === '' ? undefined : checkedToken({ value, from });
}

/** Refuses a token that cannot be in a header, because a failing request would print it. */
function checkedToken(token: HubToken): HubToken {
  if (!/^[\x21-\x7e]+$/.test(token.value))
    throw new AutomodelError(
      'bad-argument',
      `the hub token in ${token.from} holds characters that no token has`,
      { hint: 'copy it again from the settings page of your account' },
    );
  return token;
}
