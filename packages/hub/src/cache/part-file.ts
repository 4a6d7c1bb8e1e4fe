// A download in progress. Its file `<hash>.<owner>.incomplete` belongs to one process: others wait
// for it, and take over what an ended process left behind, so that an interrupted download
// continues where it stopped.
// Taking over is a rename, which only one process can win; a content is published by a rename after
// its hash was checked, so that two processes cannot spoil it.
import { open, readdir, rename, rm, stat, utimes, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { kill } from 'node:process';

const SUFFIX = '.incomplete';
/** An owner that has not written for this long is regarded as ended. */
const SILENT_SECONDS = 120;

/** Letters that no other call gets. */
const randomLetters = (): string => Math.random().toString(36).slice(2, 10);

const HOST = hostname()
  .replace(/[^\w-]/g, '-')
  .slice(0, 40);
const OWNER = /^(\d+)-([\w-]*)-[a-z0-9]+$/;

interface Part {
  readonly path: string;
  readonly owner: string;
  readonly size: number;
  readonly silentSeconds: number;
}

async function partsOf(blob: string): Promise<Part[]> {
  const prefix = `${basename(blob)}.`;
  const names = (await readdir(dirname(blob)).catch(() => [])).filter(
    (name) =>
      name.startsWith(prefix) &&
      name.endsWith(SUFFIX) &&
      name.length > prefix.length + SUFFIX.length - 1,
  );
  const parts = await Promise.all(
    names.map(async (name): Promise<Part | undefined> => {
      const path = join(dirname(blob), name);
      const info = await stat(path).catch(() => undefined);
      return info === undefined
        ? undefined
        : {
            path,
            owner: name.slice(prefix.length, -SUFFIX.length),
            size: info.size,
            silentSeconds: (Date.now() - info.mtimeMs) / 1000,
          };
    }),
  );
  return parts.filter((part) => part !== undefined);
}

function isOwned({ owner, silentSeconds }: Part): boolean {
  const [, pid, host] = OWNER.exec(owner) ?? [];
  if (pid === undefined || silentSeconds > SILENT_SECONDS) return false;
  if (host !== HOST) return true;
  try {
    kill(Number(pid), 0); // only asks whether it exists
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether another process is downloading `blob` now. */
export const isBeingFetched = async (blob: string): Promise<boolean> =>
  (await partsOf(blob)).some(isOwned);

/** Bytes of `blob` that an earlier download left. */
export const bytesLeft = async (blob: string): Promise<number> =>
  Math.max(0, ...(await partsOf(blob)).map((part) => part.size));

export class PartFile {
  readonly #blob: string;
  readonly #path: string;
  readonly #file: FileHandle;
  #size: number;

  private constructor(blob: string, path: string, file: FileHandle, size: number) {
    this.#blob = blob;
    this.#path = path;
    this.#file = file;
    this.#size = size;
  }

  /**
   * The part of `blob`, begun anew or taken over with what it holds. Errors: those of the file
   * system.
   */
  static async claim(blob: string): Promise<PartFile> {
    const path = `${blob}.${process.pid}-${HOST}-${randomLetters()}${SUFFIX}`;
    const left = (await partsOf(blob))
      .filter((part) => !isOwned(part))
      .sort((a, b) => b.size - a.size);
    for (const part of left) {
      const isOurs = await rename(part.path, path).then(
        () => true,
        () => false,
      );
      if (!isOurs) continue;
      const file = await open(path, 'r+');
      await utimes(path, new Date(), new Date());
      return new PartFile(blob, path, file, (await file.stat()).size);
    }
    return new PartFile(blob, path, await open(path, 'wx+'), 0);
  }

  /** Bytes it holds. */
  get size(): number {
    return this.#size;
  }

  async append(piece: Uint8Array): Promise<void> {
    for (let written = 0; written < piece.length;) {
      const { bytesWritten } = await this.#file.write(
        piece,
        written,
        piece.length - written,
        this.#size,
      );
      written += bytesWritten;
      this.#size += bytesWritten;
    }
  }

  async restart(): Promise<void> {
    await this.#file.truncate(0);
    this.#size = 0;
  }

  /** Tells other processes that it is still at work. */
  async touch(): Promise<void> {
    await utimes(this.#path, new Date(), new Date()).catch(() => undefined);
  }

  /** Its bytes, from the start. */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    const buffer = Buffer.alloc(1 << 20);
    for (let at = 0; at < this.#size;) {
      const { bytesRead } = await this.#file.read(
        buffer,
        0,
        Math.min(buffer.length, this.#size - at),
        at,
      );
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  /** Publishes it as the content. */
  async publish(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
    await rename(this.#path, this.#blob);
  }

  /** Leaves what it holds to the next process that asks; an empty part is removed. */
  async leave(): Promise<void> {
    await this.#file.close();
    if (this.#size === 0) await rm(this.#path, { force: true });
    else
      await rename(this.#path, `${this.#blob}.${randomLetters()}${SUFFIX}`).catch(() => undefined);
  }
}
