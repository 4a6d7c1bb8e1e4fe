// The lock files of a run's folder, `.lock-7.json`: the highest number is the lock, and it stays
// when it is released, so that numbers only grow. A lock is taken by creating the file of the next
// number, which only one process can. Its holder writes it again every few seconds, always whole
// and with the same length; the file system says when that was.
import { randomBytes } from 'node:crypto';
import { link, open, readdir, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessIdentity } from './process-identity.js';

/** What a lock says. */
export interface LockRecord extends ProcessIdentity {
  readonly number: number;
  /** Tells this holder from every other. */
  readonly token: string;
  /** Name of the socket that the holder listens on, beside the lock. */
  readonly socket?: string | undefined;
  /** Counts while the lock is held. */
  readonly beat: number;
  readonly released?: boolean | undefined;
}

/** A lock that was found. */
export interface FoundLock {
  readonly number: number;
  readonly path: string;
  /** Undefined for a file that cannot be read as one. */
  readonly record: LockRecord | undefined;
}

/** Every lock takes as many bytes. */
const BYTES = 1024;
const LOCK = /^\.lock-([1-9]\d*)\.json$/;
/** Locks, their sockets, and what taking one leaves when it is killed. */
const LOCK_FILES = /^\.lock-(?:\d+\.json|[0-9a-f]{16}\.(?:sock|new))$/;

export const lockPath = (folder: string, number: number): string =>
  join(folder, `.lock-${number}.json`);

/** Name of a file beside a lock that belongs to the holder `token` alone. */
export const besideLock = (token: string, kind: 'sock' | 'new'): string => `.lock-${token}.${kind}`;

/** 16 hexadecimal digits. */
export const newLockToken = (): string => randomBytes(8).toString('hex');

/** Whether a file of a run's folder belongs to its lock. */
export const isLockFile = (name: string): boolean => LOCK_FILES.test(name);

const textOf = (record: LockRecord): string => `${JSON.stringify(record).padEnd(BYTES - 1)}\n`;

/** The lock with the highest number; undefined in a folder that never had one, or is not there. */
export async function highestLock(folder: string): Promise<FoundLock | undefined> {
  const names = await readdir(folder).catch(() => []);
  const number = Math.max(0, ...names.map((name) => Number(LOCK.exec(name)?.[1] ?? 0)));
  if (number === 0) return undefined;
  const path = lockPath(folder, number);
  return { number, path, record: await readLock(path).catch(() => undefined) };
}

/**
 * Undefined for content that is no lock. Errors: those of the file system, `ENOENT` for a lock that
 * the next one has replaced.
 */
export async function readLock(path: string): Promise<LockRecord | undefined> {
  const handle = await open(path, 'r');
  try {
    return JSON.parse(await handle.readFile('utf8')) as LockRecord;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  } finally {
    await handle.close();
  }
}

/** Errors of `link` on disks without hard links. */
const NO_LINKS: readonly string[] = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'];

/**
 * Creates the file of a lock with its content, in one step. False if another process was faster.
 * Errors: those of the file system.
 */
export async function createLock(folder: string, record: LockRecord): Promise<boolean> {
  const path = lockPath(folder, record.number);
  const beside = join(folder, besideLock(record.token, 'new'));
  await writeFile(beside, textOf(record));
  try {
    await link(beside, path).catch((cause: NodeJS.ErrnoException) => {
      if (!NO_LINKS.includes(cause.code ?? '')) throw cause;
      return writeFile(path, textOf(record), { flag: 'wx' });
    });
    return true;
  } catch (cause) {
    // ENOENT: whoever has the lock has tidied up
    if (['EEXIST', 'ENOENT'].includes((cause as NodeJS.ErrnoException).code ?? '')) return false;
    throw cause;
  } finally {
    await rm(beside, { force: true });
  }
}

/** The file of a lock that is held, to be written again. */
export class OpenLock {
  readonly #file: FileHandle;
  #record: LockRecord;

  private constructor(file: FileHandle, record: LockRecord) {
    this.#file = file;
    this.#record = record;
  }

  static async open(folder: string, record: LockRecord): Promise<OpenLock> {
    return new OpenLock(await open(lockPath(folder, record.number), 'r+'), record);
  }

  get record(): LockRecord {
    return this.#record;
  }

  /** A sign of life. If the next lock has replaced this one, nobody sees it. */
  async beat(): Promise<void> {
    await this.#write({ ...this.#record, beat: this.#record.beat + 1 });
  }

  async release(): Promise<void> {
    await this.#write({ ...this.#record, released: true });
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #write(record: LockRecord): Promise<void> {
    this.#record = record;
    await this.#file.write(textOf(record), 0);
  }
}

/**
 * Seconds since a lock was written, by the clock of the file system: a file that is written now
 * tells it. Undefined if the lock is gone.
 */
export async function secondsSilent(
  { path }: FoundLock,
  folder: string,
): Promise<number | undefined> {
  const written = await stat(path).catch(() => undefined);
  if (written === undefined) return undefined;
  const now = await fileSystemTime(folder);
  return Math.max(0, (now - written.mtimeMs) / 1000);
}

/** Milliseconds since 1970; the machine's own clock where nothing can be written. */
async function fileSystemTime(folder: string): Promise<number> {
  const probe = join(folder, besideLock(newLockToken(), 'new'));
  try {
    await writeFile(probe, '.');
    return (await stat(probe)).mtimeMs;
  } catch {
    return Date.now();
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}
