// Where models, data sets and tokenised data are kept, how much that is, and how the hub is
// reached. The value of a token is never shown.
import { existsSync } from 'node:fs';
import { access, constants, readdir, stat, statfs } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { Diagnosis } from '@automodel/contracts';
import { defaultCacheDirectory } from '@automodel/data';
import { hubSettings, type HubSettings } from '@automodel/run';
import { sentence, when } from '../render/sentence.js';
import { formatBytes } from '../render/units.js';

type Environment = Readonly<Record<string, string | undefined>>;

const LITTLE_DISK = 5 * 2 ** 30;
const MAX_ENTRIES = 20_000;
const ANSWER_MILLISECONDS = 5000;

/**
 * Bytes of a folder; links count once, where they point to. Stops counting after many entries.
 */
async function sizeOf(
  folder: string,
): Promise<{ readonly bytes: number; readonly isWhole: boolean }> {
  const waiting = [folder];
  let [bytes, entries] = [0, 0];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const entry of await readdir(at, { withFileTypes: true }).catch(() => [])) {
      if (++entries > MAX_ENTRIES) return { bytes, isWhole: false };
      const path = join(at, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile()) bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
    }
  }
  return { bytes, isWhole: true };
}

/** The folder itself, or the nearest one above it that exists. */
function nearest(folder: string): string {
  let at = folder;
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  return at;
}

/** Less than this is no space at all. */
const NO_SPACE = 2 ** 20;

/** Why nothing can ever be written into `folder`; undefined where it can. */
async function whyNotWritable(
  folder: string,
  free: number | undefined,
): Promise<string | undefined> {
  const at = nearest(folder);
  const facts = await stat(at).catch(() => undefined);
  if (facts?.isDirectory() === false) return `${at} is not a folder`;
  const code = await access(at, constants.W_OK | constants.X_OK).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
  if (code === 'EROFS') return 'its file system is read-only';
  if (code !== undefined) {
    const { uid } = userInfo();
    const owner =
      facts === undefined || facts.uid === uid ? '' : `: it belongs to user ${facts.uid}`;
    return `${at} may not be written (${code})${owner}`;
  }
  return free !== undefined && free < NO_SPACE ? 'its disk is full' : undefined;
}

/** Bytes free where `folder` is or would be made. */
async function freeBytes(folder: string): Promise<number | undefined> {
  return statfs(nearest(folder)).then(
    (facts) => facts.bavail * facts.bsize,
    () => undefined,
  );
}

/** `remedy`: how to choose another place. */
async function place(name: string, folder: string, remedy: string): Promise<Diagnosis> {
  const free = await freeBytes(folder);
  const blocked = await whyNotWritable(folder, free);
  if (blocked !== undefined)
    return {
      name,
      level: 'warn',
      text: `${folder}: nothing can ever be written here, because ${blocked}`,
      hint: remedy,
    };
  const size = existsSync(folder) ? await sizeOf(folder) : undefined;
  const held =
    size === undefined
      ? 'not there yet'
      : `${when(!size.isWhole, 'more than ')}${formatBytes(size.bytes)}`;
  const little = free !== undefined && free < LITTLE_DISK;
  return {
    name,
    level: little ? 'warn' : 'ok',
    text: `${folder}: ${sentence([
      held,
      when(free, (bytes) => `${formatBytes(bytes)} free on its disk`),
    ])}`,
    ...(little ? { hint: 'free some space, or choose another disk' } : {}),
  };
}

/** Answers within seconds, or says why not. */
async function reach({ endpoint, token }: HubSettings): Promise<Diagnosis> {
  const name = 'hub online';
  const ask = async (path: string, headers: Record<string, string>): Promise<number> => {
    const signal = AbortSignal.timeout(ANSWER_MILLISECONDS);
    return (await fetch(`${endpoint}${path}`, { headers, signal })).status;
  };
  try {
    const status =
      token === undefined
        ? await ask('/api/models?limit=1', {})
        : await ask('/api/whoami-v2', { authorization: `Bearer ${token.value}` });
    if (token !== undefined && (status === 401 || status === 403))
      return {
        name,
        level: 'warn',
        text: `${endpoint} does not accept the token`,
        hint: 'make a new one in the settings of your account',
      };
    const how =
      token !== undefined && status < 400 ? 'and accepts the token' : `with status ${status}`;
    return { name, level: status < 400 ? 'ok' : 'warn', text: `${endpoint} answers ${how}` };
  } catch (error) {
    return {
      name,
      level: 'warn',
      text: `${endpoint} cannot be reached: ${reasonOf(error)}`,
      hint: 'check the network, HTTPS_PROXY and HF_ENDPOINT',
    };
  }
}

/** `fetch` says only that it failed; its cause says why. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error
    ? error.cause.message
    : (error as Error).message;

/** `online`: also asks the hub. */
export async function storage(
  environment: Environment,
  workingDirectory: string,
  online: boolean,
): Promise<Diagnosis[]> {
  const found: Diagnosis[] = [];
  try {
    const settings = await hubSettings(environment);
    const { endpoint, offlineBecause, token, cache } = settings;
    found.push({
      name: 'hub',
      level: 'ok',
      text: [
        endpoint,
        offlineBecause === undefined
          ? 'not asked without --online'
          : `offline by ${offlineBecause}`,
        token === undefined ? 'no token' : `token from ${token.from}`,
      ].join('; '),
    });
    found.push(await place('hub cache', cache, 'set HF_HOME to a folder that can be written'));
    if (online) found.push(await reach(settings));
  } catch (error) {
    found.push({
      name: 'hub',
      level: 'fail',
      text: (error as Error).message,
      hint: (error as { hint?: string }).hint,
    });
  }
  return [
    ...found,
    await place(
      'data cache',
      defaultCacheDirectory({ ...environment }),
      'set AUTOMODEL_CACHE to a folder that can be written',
    ),
    await place(
      'working folder',
      workingDirectory,
      'give outputs another place (--output), or work in another folder',
    ).then((line) => ({
      ...line,
      text: line.text.replace(/: [^:]*, /, ': '),
    })),
  ];
}
